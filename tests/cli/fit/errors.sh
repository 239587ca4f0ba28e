# What cannot go together is said where it stands, in the model file or in the project.
. "$SOURCE/tests/cli/fit/example"
try() {
    example "$@"
    mirti fit mirti.yaml || echo "exit $?" >&2
}
try 'fit: {link: probit, penalty: firth}' 'psu: psu' ''
try 'fit: {ridge: 2}' 'psu: psu' ''
try '' 'psu: psu' ', variance: given'
try '' 'psu: psu' ', variance: fay'
try '' 'stratum: st' ', variance: jk1'
try '' 'fpc: n' ', variance: brr'
try '' 'psu: psu' ', variance: brr'
try '' 'psu: psu
    fpc: n
    ssu_fpc: m' ', variance: jkn'
try '' 'replicates: {columns: W_*, scale: 1}' ', variance: given'
try '' 'replicates: {columns: [R_1, R_2], scale: 1, rscales: [1]}' ', variance: given'
try 'fit: {link: cloglog}' 'area: st' '}
area_effects: yes
hotspots: {'
