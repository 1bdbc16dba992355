"""Calendars from elsewhere. What reads them runs in a process of its own (`child`), whatever they contain."""
