"""How AWS is asked, whoever asks: what the environment says, whose credentials are used, what its answers mean."""
