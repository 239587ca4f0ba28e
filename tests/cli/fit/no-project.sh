mirti fit
