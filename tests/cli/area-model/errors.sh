# What does not go together, and what is no rate.
. "$SOURCE/tests/cli/area-model/example"
cp mirti.yaml plain.yaml
for key in 'area_effects: true' 'benchmark: true' 'area_model: {scale: probit}'; do
    { cat plain.yaml; echo "$key"; } >mirti.yaml
    mirti check mirti.yaml || echo "exit $?" >&2
done
cp plain.yaml mirti.yaml
mirti validate mirti.yaml || echo "exit $?" >&2
mirti indicators mirti.yaml || echo "exit $?" >&2
sed -i 's/^05,22/05,220/' direct.csv
mirti run mirti.yaml --output out || echo "exit $?" >&2
test ! -e out
