"""What is sold, where and with what it happens: venues, resources, opening hours, products and packages."""
