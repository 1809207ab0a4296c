"""The kernel: what every service is made of. It never imports a service."""
