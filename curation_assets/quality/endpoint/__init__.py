"""A language model behind an OpenAI-compatible server (vLLM, llama.cpp, a provider) as scorer."""
