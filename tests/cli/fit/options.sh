# What is fitted is said: the ratio that exp of a coefficient is with the link, penalty, variance, terms.
. "$SOURCE/tests/cli/fit/example"
example '' 'psu: psu' ''
mirti fit mirti.yaml
example 'fit: {link: cloglog}' 'replicates: {columns: R_*, scale: 0.5}' ', variance: given'
mirti fit mirti.yaml
example 'fit: {link: probit, penalty: ridge, ridge: 2}' 'psu: psu' ', variance: {method: bootstrap, replicates: 20}'
mirti fit mirti.yaml --output model.json
jq -r '.fit | "\(.link) \(.penalty) \(.ridge) \(.variance) \(.replicates) \(.df)"' model.json
jq -r '.term_tests[] | "\(.term | join(":")) \(.df) \(.df_residual)"' model.json
