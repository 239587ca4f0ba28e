mirti version --bogus
