"""The stand-ins and the SDKs' requests against the descriptions that Twilio and Lob publish.

The descriptions are not part of this repository: ``../shared/specs`` from its root, or the folder that CHASING_SPECS
names. Without them these tests are skipped.
"""
