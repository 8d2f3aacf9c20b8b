"""The few densities that torch.distributions lacks."""
