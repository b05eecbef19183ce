fuzz_dns_MODS := dns
