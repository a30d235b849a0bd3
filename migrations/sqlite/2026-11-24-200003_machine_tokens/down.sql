DROP TABLE machine_tokens;
