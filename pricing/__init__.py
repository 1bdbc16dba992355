"""What it costs and how it is paid: price lists, taxes, quotes, customers."""
