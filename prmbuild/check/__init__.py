"""Everything that is wrong with a programme, found at once and told as text, JSON, GitHub annotations or SARIF."""
