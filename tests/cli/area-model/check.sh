# An area that the census does not have is something to look at.
. "$SOURCE/tests/cli/area-model/example"
mirti check mirti.yaml
