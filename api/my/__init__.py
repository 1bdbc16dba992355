"""The customer's page: an order by a link that is its own key, without an account."""
