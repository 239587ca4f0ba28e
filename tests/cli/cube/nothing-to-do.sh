mirti cube mirti.yaml
