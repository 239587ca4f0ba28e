mirti check
