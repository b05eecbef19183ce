fuzz_smtp_MODS := smtp
fuzz_address_MODS := smtp
