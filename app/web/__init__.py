"""The application for browsers and programs: builds the Flask app out of its parts."""

from apiflask import APIFlask

from app.web import assets, edge, errors, i18n, numbers, pages, resolver, security, shell, value_forms
from app.web.api import epcis, handle_auth, handle_sessions, handles, network, recursive, v1
from app.web.edge import Node
from app.web.fastpath import FastPath
from app.web.layers import put_in_front
from app.web.recursive_path import RecursivePath


def build(node: Node) -> APIFlask:
    """Order matters: CSRF is checked before anything is looked up for the visitor."""
    app = APIFlask("app.web", title="Suyuan", version="1", docs_path=None, spec_path=None, json_errors=False)
    app.extensions["suyuan"] = node
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.configure(app, node.settings)
    i18n.configure(app)
    assets.configure(app)
    edge.close_by_default(app)
    errors.register(app)
    shell.configure(app)
    value_forms.configure(app)
    app.url_map.converters["int"] = numbers.RowConverter
    app.url_map.converters["identifier"] = resolver.PrefixConverter
    app.url_map.converters["suffix"] = resolver.SuffixConverter
    app.url_map.converters["handle"] = handles.HandleConverter
    pages.register(app, node.capabilities)
    v1.register(app, node.capabilities)
    epcis.register(app, node.capabilities)
    if "answer" in node.capabilities:
        handle_auth.configure(app)
        app.register_blueprint(handle_sessions.blueprint)
    elif "recurse" in node.capabilities:
        app.register_blueprint(recursive.blueprint)
    network.register(app, node.capabilities)
    app.register_blueprint(resolver.blueprint)
    app.extensions["suyuan-fast"] = fast = _fast_paths(app, node)
    put_in_front(app, lambda _: fast)
    return app


def _fast_paths(app: APIFlask, node: Node) -> FastPath | RecursivePath:
    fast = FastPath(app.wsgi_app, node)
    if "recurse" not in node.capabilities or not node.settings.root_hints:
        return fast
    app.extensions["suyuan-recursor"] = recursor = edge.recursor_of(node)
    return RecursivePath(fast, node, recursor)
