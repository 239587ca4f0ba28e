# A wish to stop is heard in the middle of a bootstrap that would take minutes: nothing is left behind.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
{ cat country/mirti.yaml; echo "area_effects: true"; echo "bootstrap: 10000"; } >country/long.yaml
timeout --preserve-status --signal=INT 4 mirti run country/long.yaml --output out --quiet || status=$?
test -z "$(ls -A out 2>/dev/null)"
exit "$status"
