# An index is not fitted, so there is nothing to validate.
"$SOURCE/tests/lib/index-project"
mirti validate mirti.yaml
