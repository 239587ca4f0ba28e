# The true model can be changed by name.
mirti simulate country --municipalities 4 --persons 600 --truth sigma_municipality=0.75,car=-1e-3 --quiet
grep -q '"sigma_municipality": 0.75' country/truth/model.json
grep -q '"car": -0.001' country/truth/model.json
