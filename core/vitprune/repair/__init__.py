"""Closed-form repair: what stands for a removed site, fitted to unlabelled images, without training."""
