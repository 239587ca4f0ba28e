mirti select mirti.yaml --method ridge
