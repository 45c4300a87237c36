"""The words of the field: files read, validated, and calendars; nothing here touches a database."""
