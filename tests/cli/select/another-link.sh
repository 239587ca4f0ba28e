# Terms are chosen for a logit; a model of another link is refused where it says so.
. "$SOURCE/tests/cli/fit/example"
example 'fit: {link: probit}' 'psu: psu' ''
mirti select mirti.yaml
