# What the survey says by itself, as a table in the language of the project.
. "$SOURCE/tests/cli/indicators/example"
mirti indicators mirti.yaml
mirti indicators mirti.yaml --by parent_area --language en
