"""The components of Rasa's pipeline and its policy, as config.yml names them."""
