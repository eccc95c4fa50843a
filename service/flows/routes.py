"""By which way a message goes out, and so what stops it and what it counts towards."""

from collections.abc import Collection
from enum import StrEnum

from service.core.delivery import Lane, Scope
from service.flows.services import Services
from service.store.messages import Message


class Route(StrEnum):
    """TEXTS and PAGES are senders of texts; without a sender of their own, pages go by TEXTS."""

    TEXTS = "texts"
    PAGES = "pages"
    VOICE = "voice"
    EMAIL = "email"


BY_THE_ACCOUNT = frozenset({Route.TEXTS, Route.PAGES, Route.VOICE})
ACCOUNT = "account"


def route_of(services: Services, message: Message) -> Route:
    if message.channel != "sms":
        return Route(message.channel)
    return page_route(services) if message.lane == Lane.PAGE else Route.TEXTS


def page_route(services: Services) -> Route:
    return Route.PAGES if services.gateway.pages_have_own_sender else Route.TEXTS


def hold_scope(route: Route, scope: Scope) -> str:
    """What is held when this route meets a trouble of this scope. An e-mail server is an account of its own."""
    return ACCOUNT if scope is Scope.ACCOUNT and route in BY_THE_ACCOUNT else route.value


def is_held(route: Route, scopes: Collection[str]) -> bool:
    return route.value in scopes or (ACCOUNT in scopes and route in BY_THE_ACCOUNT)
