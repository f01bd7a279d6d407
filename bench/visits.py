"""A made-up day at one router: who asks for which top-level namespace, and what their cookie would have held."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from random import Random

from bench.zipf import zipf


@dataclass(frozen=True)
class Population:
    """Who visits. Shares are of requests; the rest of the requests comes from people with a browser."""

    namespaces: int = 10_000_000
    people: int = 1_000_000
    favourites: int = 6
    share_to_favourites: float = 0.8
    share_staying: float = 0.6
    requests_per_session: int = 20
    sessions_at_a_time: int = 5_000
    share_of_clients: float = 0.3
    share_of_crawlers: float = 0.1


@dataclass(frozen=True)
class Visits:
    """Requests in order: the namespace that each asks for, and whether the visitor's cookie named it already."""

    namespaces: array[int]
    in_cookie: bytearray


class _Person:
    """Someone with favourites, and a cookie with the prefixes of their last pages."""

    __slots__ = ("cookie", "current", "favourites")

    def __init__(self, favourites: list[int]) -> None:
        self.favourites = favourites
        self.current = favourites[0]
        self.cookie: list[int] = []


class _Crowd:
    """People as they come: each keeps favourites and cookie from one session to the next."""

    def __init__(self, population: Population, exponent: float, prefixes: int, random: Random) -> None:
        self._population = population
        self._prefixes = prefixes
        self._random = random
        self._people: dict[int, _Person] = {}
        self.popular = zipf(population.namespaces, exponent, random)

    def anyone(self) -> _Person:
        """A visitor who opens a session; on first sight, with the cookie that yesterday's session left."""
        number = int(self._random.random() * self._population.people)
        person = self._people.get(number)
        if person is None:
            person = _Person([self.popular() for _ in range(self._population.favourites)])
            self._people[number] = person
            for _ in range(self._population.requests_per_session):
                self.next_page(person)
        person.current = self._wish(person)
        return person

    def next_page(self, person: _Person) -> tuple[int, bool]:
        """The namespace of the person's next request, and whether their cookie names it."""
        if self._random.random() >= self._population.share_staying:
            person.current = self._wish(person)
        namespace, cookie = person.current, person.cookie
        known = namespace in cookie
        if known:
            cookie.remove(namespace)
        elif len(cookie) == self._prefixes:
            del cookie[0]
        cookie.append(namespace)
        return namespace, known

    def _wish(self, person: _Person) -> int:
        if self._random.random() >= self._population.share_to_favourites:
            return self.popular()
        # The square prefers the first of them, as people do.
        return person.favourites[int(self._random.random() ** 2 * len(person.favourites))]


def visits(population: Population, *, exponent: float, requests: int, prefixes: int, seed: int) -> Visits:
    """So many requests to one router, the same for the same seed.

    `prefixes` is how many the cookie holds. People browse in interleaved sessions; clients (API, git, runners) go to
    what is popular and keep no cookies; crawlers go everywhere alike and keep none either.
    """
    random = Random(f"{seed}/{exponent}")  # noqa: S311  a simulation has to repeat itself
    crowd = _Crowd(population, exponent, prefixes, random)
    sessions = [crowd.anyone() for _ in range(population.sessions_at_a_time)]
    namespaces, in_cookie = array("I", bytes(4 * requests)), bytearray(requests)
    crawlers = population.share_of_crawlers
    machines = crawlers + population.share_of_clients
    for at in range(requests):
        chance = random.random()
        if chance < crawlers:
            namespaces[at] = 1 + int(random.random() * population.namespaces)
        elif chance < machines:
            namespaces[at] = crowd.popular()
        else:
            seat = int(random.random() * len(sessions))
            namespaces[at], in_cookie[at] = crowd.next_page(sessions[seat])
            if random.random() * population.requests_per_session < 1:
                sessions[seat] = crowd.anyone()
    return Visits(namespaces, in_cookie)
