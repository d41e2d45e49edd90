"""The site as WSGI. The base must be open already: `bascule serve` opens it, or it is another server's."""

from importlib import import_module

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
# What reads models is there once Django is.
import_module("bascule.ops.traffic").keep()
