# What does not go together is refused before anything is read.
mirti select mirti.yaml --criterion aic || true
mirti select mirti.yaml --criterion p || true
mirti select mirti.yaml --method forward --lambda min || true
mirti select mirti.yaml --lambda 2se
