"""What physicians, nurses and pharmacists have in common: a person who practises at a provider (STA-2, COD-5)."""
