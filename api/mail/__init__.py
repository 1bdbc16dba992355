"""Mails about orders: written from the events of a venue, kept with the order, sent by a job."""
