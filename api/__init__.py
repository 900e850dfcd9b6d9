"""The pages and the HTTP interface: thin routes over what the engine knows."""
