"""A signal that comes periodically between noise, with gates right, wrong, learnt."""
