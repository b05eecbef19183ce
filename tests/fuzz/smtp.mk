fuzz_smtp_MODS := smtp
fuzz_smtpclient_MODS := smtp
fuzz_address_MODS := smtp
