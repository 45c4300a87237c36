"""Messages: from the facts of one action to the words, bytes and pages that leave the house.

Belongs here: the sandboxed templates, what they may say, and making one frozen message per channel.
Does not belong here: choosing whom to write to and with which template (``sql/actions``), sending
(``channels``), and drawing PDF pages.

Start reading at ``compose.compose``; ``library.TemplateLibrary`` finds and renders templates,
``context.message_context`` says what they may name, ``environment`` keeps them harmless.
"""
