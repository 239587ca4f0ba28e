# An index is not fitted, and nothing is read for it.
"$SOURCE/tests/lib/index-project"
mirti fit mirti.yaml
