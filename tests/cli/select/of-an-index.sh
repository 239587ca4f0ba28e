# An index has no terms to choose, and nothing is read for it.
"$SOURCE/tests/lib/index-project"
mirti select mirti.yaml
