"""The pages of settings in the Admin Area: the shared values, each setting pod by pod, and who changed what."""
