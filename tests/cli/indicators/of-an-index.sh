# An index asks no survey.
"$SOURCE/tests/lib/index-project"
mirti indicators mirti.yaml
