"""What tells well used resources from badly used ones (placement.md, 5), asked of few of them."""

from collections.abc import Mapping, Sequence

from booking.bits import Mask
from booking.occupancy import Situation
from booking.placement.problem import Task

CHOICES = 8
"""So many resources that are free are compared, the first by preference."""


class Upkeep:
    """Of a prepared problem, resources and tasks by its numbers. `preference`: the place of each resource."""

    def __init__(self, situation: Situation, tasks: Sequence[Task], preference: Mapping[int, int]) -> None:
        self.situation, self.tasks, self.preference = situation, tasks, preference
        self.names = list(situation.resources)
        self.useful_gap = situation.catalog.venue.smallest_useful_gap_minutes

    def choices(self, task: int, claim: int, start: int) -> Sequence[int]:
        """The resources that are free for the claim then, the first by what they cost the guests' wishes and
        by preference.
        """
        of = self.tasks[task].claims[claim]
        free = [o.resource for o in of.options if o.starts >> start & 1]
        return sorted(free, key=lambda r: (len(of.dislikes.get(r, ())), self.preference[r]))[:CHOICES]

    def free(self, resource: int) -> Mask:
        """When the whole resource can be held."""
        return self.situation.free(self.names[resource])

    def busy(self, resource: int) -> Mask:
        """When it is booked."""
        return self.situation.busy(self.names[resource])

    def is_staff(self, resource: int) -> bool:
        return self.situation.resources[self.names[resource]].kind == "staff"
