# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each declared value of the test inventory is changed in the local cloud behind everybody's back.

A mutation is named by the finding that it must cause: (kind, name, path). Values that say which thing it is, or that the cloud
does not let anybody change, have none; `IDENTITY` lists them.
"""

from __future__ import annotations

import base64
import typing as t

from tests.cloud import zones
from tests.integration.estate.azure_mutations import Finding, Mutate, State, azure_mutations
from tests.integration.estate.monitoring_mutations import monitoring_mutations

# Paths that name the thing, or that nobody can change at that cloud: (kind, last part of the path or the whole path).
IDENTITY = {
    ("dns_record", "/name"),
    ("dns_record", "/type"),
    ("oss_bucket", "/name"),
    ("oss_bucket", "/region"),
    ("oss_bucket", "/replication/financial-agent-charts-replica/destination"),
    ("oss_bucket", "/replication/financial-agent-charts-replica/historical_objects"),  # used when the rule is made, never compared
    ("oss_bucket", "/lifecycle_rules/charts-get-cheaper/id"),
    ("oss_bucket", "/lifecycle_rules/old-versions-go/id"),
    ("resource_group", "/location"),
    ("container_registry", "/location"),
    ("aks_cluster", "/properties/dnsPrefix"),  # used for a new cluster, never compared
    # What a new one is given where nothing is declared is not compared afterwards.
    ("aks_cluster", "/identity/type"),
    ("aks_cluster", "/properties/enableRBAC"),
    ("aks_node_pool", "/properties/osType"),
    ("aks_node_pool", "/properties/type"),
    ("aks_node_pool", "/properties/count"),  # the autoscaler's business
    ("cosmos_db_account", "/properties/locations/Korea Central/locationName"),
    ("cosmos_db_account", "/properties/databaseAccountOfferType"),
    ("cosmos_db_mongo_database", "/properties/options/autoscaleSettings/maxThroughput"),  # from then on it is a resource of its own
    ("cosmos_db_mongo_database", "/properties/resource/id"),
    *((kind, "/location") for kind in ("virtual_network", "public_ip", "key_vault", "managed_identity")),
    ("entra_application", "/display_name"),
    ("key_vault", "/properties/tenantId"),
    ("key_vault", "/properties/sku/family"),
    ("key_vault", "/properties/softDeleteRetentionInDays"),
    ("role_assignment", "/scope"),
    ("role_assignment", "/roleDefinitionId"),
    ("role_assignment", "/principalId"),
    ("role_assignment", "/principalType"),
    ("ses_domain", "/dkim_bits"),
    ("ses_sender", "/address"),
    ("cdn_domain", "/functions/l2_oss_key/function"),
    ("cdn_domain", "/functions/path_based_ttl_set ~1charts~1/function"),
    ("cdn_domain", "/sources/financial-agent-charts.oss-cn-shanghai.aliyuncs.com/content"),
}


def record(state: State, name: str) -> State:
    """A DNS record by the name that findings give it: `www.klinematrix.com A`."""
    fqdn, kind = name.split(" ")[:2]
    zone = zones(state)["klinematrix.com"]
    (found,) = [each for each in zone["records"].values() if (each["name"], each["type"]) == (fqdn, kind)]
    return t.cast(State, found)


def bucket(state: State, name: str) -> State:
    return t.cast(State, state["alibaba"]["oss"]["buckets"][name])


def secret(state: State, name: str) -> State:
    return t.cast(State, state["azure"]["vault"]["secrets"]["klinematrix-test-kv"][name]["versions"][-1])


def template(state: State, name: str) -> State:
    (found,) = [each for each in state["tencent"]["ses"]["regions"]["ap-hongkong"]["templates"].values() if each["name"] == name]
    return t.cast(State, found)


DNS_VALUES: dict[str, t.Any] = {"/ttl": 300, "/comment": "mine now", "/priority": 99}
DNS_CONTENT = {"A": "198.51.100.66", "MX": "mx.example.net", "TXT": '"v=spf1 +all"', "CNAME": "elsewhere.example.net"}


def dns(name: str, path: str) -> Mutate:
    def mutate(state: State) -> None:
        found = record(state, name)
        if path != "/content":
            found[path[1:]] = DNS_VALUES[path]
        elif name.startswith("_dmarc."):
            found["content"] = '"v=DMARC1; p=none; rua=mailto:else@example.net"'
        elif "_domainkey" in name:
            found["content"] = '"v=DKIM1; k=rsa; p=AAAA"'
        else:
            found["content"] = DNS_CONTENT[found["type"]]

    return mutate


def setting(name: str, *path: t.Any, value: t.Any) -> Mutate:
    """Put a value deep into a bucket's state."""

    def mutate(state: State) -> None:
        place = bucket(state, name)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return mutate


def rule(name: str, number: int, **values: t.Any) -> Mutate:
    return lambda state: bucket(state, name)["settings"]["lifecycle"]["Rule"][number].update(values)


CHARTS, REPLICA = "financial-agent-charts", "financial-agent-charts-replica"


def bucket_mutations(name: str) -> dict[Finding, Mutate]:
    found: dict[str, Mutate] = {
        "/acl": setting(name, "acl", value="public-read"),
        "/block_public_access": setting(name, "settings", "publicAccessBlock", "BlockPublicAccess", value=False),
        "/versioning": setting(name, "settings", "versioning", "Status", value="Suspended"),
        "/encryption/algorithm": setting(name, "settings", "encryption", "ApplyServerSideEncryptionByDefault", "SSEAlgorithm", value="SM4"),
    }
    return {("oss_bucket", name, path): mutate for path, mutate in found.items()}


def cors(key: str, value: t.Any) -> Mutate:
    return setting(CHARTS, "settings", "cors", "CORSRule", 0, key, value=value)


CHARTS_MUTATIONS: dict[str, Mutate] = {
    "/cors_rules/0/allowed_origins": cors("AllowedOrigin", ["https://example.net"]),
    "/cors_rules/0/allowed_methods": cors("AllowedMethod", ["GET", "PUT"]),
    "/cors_rules/0/allowed_headers": cors("AllowedHeader", ["x-mine"]),
    "/cors_rules/0/max_age_seconds": cors("MaxAgeSeconds", 1),
    "/lifecycle_rules/charts-get-cheaper/prefix": rule(CHARTS, 0, Prefix="other/"),
    "/lifecycle_rules/charts-get-cheaper/transitions": rule(
        CHARTS, 0, Transition=[{"Days": 90, "StorageClass": "IA", "IsAccessTime": False}]
    ),
    "/lifecycle_rules/old-versions-go/noncurrent_version_expiration": rule(CHARTS, 1, NoncurrentVersionExpiration={"NoncurrentDays": 300}),
    "/lifecycle_rules/old-versions-go/abort_multipart_upload": rule(CHARTS, 1, AbortMultipartUpload={"Days": 70}),
    "/replication/financial-agent-charts-replica": lambda state: bucket(state, CHARTS)["replication"].clear(),
}


def secret_mutations(name: str) -> dict[Finding, Mutate]:
    return {
        ("secret", name, "/value"): lambda state: secret(state, name).update(value='{"other": "value"}'),
        ("secret", name, "/content_type"): lambda state: secret(state, name).update(contentType="text/x-other"),
    }


def template_mutations(name: str) -> dict[Finding, Mutate]:
    other = base64.b64encode(b"<p>other {{code}}</p>").decode()
    return {
        ("ses_template", name, "/html"): lambda state: template(state, name).update(html=other),
        ("ses_template", name, "/text"): lambda state: template(state, name).update(text=other),
    }


def rename_sender(state: State) -> None:
    state["tencent"]["ses"]["regions"]["ap-hongkong"]["senders"]["noreply@klinematrix.com"]["name"] = "Somebody"


def unverify(state: State) -> None:
    state["tencent"]["ses"]["identities"]["klinematrix.com"].update(verified=False, asked=False)


CHARTS_DOMAIN = "charts.klinematrix.com"
ORIGIN = "/sources/financial-agent-charts.oss-cn-shanghai.aliyuncs.com"
PATH_TTL = "/functions/path_based_ttl_set ~1charts~1"


def cdn(state: State) -> State:
    return t.cast(State, state["alibaba"]["cdn"]["domains"][CHARTS_DOMAIN])


def function_arguments(state: State, name: str) -> State:
    (found,) = [each for each in cdn(state)["configs"] if each["function"] == name]
    return t.cast(State, found["args"])


def without_function(name: str) -> Mutate:
    def mutate(state: State) -> None:
        cdn(state)["configs"] = [each for each in cdn(state)["configs"] if each["function"] != name]

    return mutate


CDN_MUTATIONS: dict[str, Mutate] = {
    "/scope": lambda state: cdn(state).update(Scope="global"),
    "/status": lambda state: cdn(state).update(DomainStatus="offline", then="offline"),
    f"{ORIGIN}/type": lambda state: cdn(state)["sources"][0].update(Type="domain"),
    f"{ORIGIN}/port": lambda state: cdn(state)["sources"][0].update(Port=80),
    "/functions/l2_oss_key/args/private_oss_auth": lambda state: function_arguments(state, "l2_oss_key").update(private_oss_auth="off"),
    f"{PATH_TTL}/args/ttl": lambda state: function_arguments(state, "path_based_ttl_set").update(ttl="60"),
    PATH_TTL: without_function("path_based_ttl_set"),
}


def studio(state: State) -> State:
    return t.cast(State, state["alibaba"]["modelstudio"]["regions"]["cn-beijing"])


def disable_key(state: State) -> None:
    (key,) = studio(state)["keys"].values()
    key["disabled"] = 1


def limit(name: str, value: int) -> Mutate:
    def mutate(state: State) -> None:
        (limits,) = studio(state)["limits"].values()
        limits["qwen-vl-plus"][name] = value

    return mutate


def forget_key(state: State) -> None:
    """The vault's secret is gone, as if it had never been."""
    del state["azure"]["vault"]["secrets"]["klinematrix-test-kv"]["dashscope-api-key"]


def zone_setting(name: str, value: str) -> Mutate:
    def mutate(state: State) -> None:
        zone = zones(state)["klinematrix.com"]
        zone["settings"][name]["value"] = value

    return mutate


def stop_renewal(state: State) -> None:
    state["cloudflare"]["api"]["registrations"]["klinematrix.com"]["auto_renew"] = False


ELSEWHERE: dict[Finding, Mutate] = {
    ("dashscope_key", "klinematrix-test", "/enabled"): disable_key,
    ("dashscope_key", "klinematrix-test", "/secret"): forget_key,
    ("dashscope_model_limit", "qwen-vl-plus", "/request_limit"): limit("requestLimit", 600),
    ("dashscope_model_limit", "qwen-vl-plus", "/request_limit_period"): limit("requestLimitPeriod", 1),
    ("zone", "klinematrix.com", "/settings/ssl"): zone_setting("ssl", "flexible"),
    ("zone", "klinematrix.com", "/settings/min_tls_version"): zone_setting("min_tls_version", "1.0"),
    ("zone", "klinematrix.com", "/settings/always_use_https"): zone_setting("always_use_https", "off"),
    ("registrar_domain", "klinematrix.com", "/auto_renew"): stop_renewal,
}


def rename_in(state: State, name: str, value: str) -> None:
    """The vault's secret holds something else."""
    secret(state, name)["value"] = value


def ram(state: State) -> State:
    return t.cast(State, state["alibaba"]["ram"])


def cam(state: State) -> State:
    return t.cast(State, state["tencent"]["cam"])


def cam_policy(state: State, name: str) -> State:
    (found,) = [each for each in cam(state)["policies"].values() if each["name"] == name]
    return t.cast(State, found)


BACKEND, MAILER = "klinematrix-test-backend", "klinematrix-test-mailer"
APP_USERS: dict[Finding, Mutate] = {
    ("ram_user", BACKEND, "/comments"): lambda state: ram(state)["users"][BACKEND].update(Comments="mine now"),
    ("ram_user", BACKEND, "/policy"): lambda state: ram(state)["policies"][BACKEND]["versions"]["v1"].update(
        document={"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}
    ),
    ("ram_user", BACKEND, f"/policies/Custom:{BACKEND}"): lambda state: ram(state)["users"][BACKEND].update(policies=[]),
    ("ram_user", BACKEND, "/secret"): lambda state: rename_in(state, "oss-access-key-secret", "something else"),
    ("ram_user", BACKEND, "/key_id"): lambda state: rename_in(state, "oss-access-key-id", "LTAI5tSomebodyElses"),
    ("ram_user", BACKEND, "/pair"): lambda state: rename_in(state, "oss-access-key", "{}"),
    ("cam_user", MAILER, "/remark"): lambda state: cam(state)["users"][MAILER].update(remark="mine now"),
    ("cam_user", MAILER, "/policy"): lambda state: cam_policy(state, MAILER)["document"]["statement"][0].update(action=["ses:*"]),
    ("cam_user", MAILER, f"/policies/User:{MAILER}"): lambda state: cam(state)["users"][MAILER].update(policies=[]),
    ("cam_user", MAILER, "/secret"): lambda state: rename_in(state, "tencent-ses-secret-key", "something else"),
    ("cam_user", MAILER, "/key_id"): lambda state: rename_in(state, "tencent-ses-secret-id", "AKIDSomebodyElses"),
    ("cam_user", MAILER, "/pair"): lambda state: rename_in(state, "tencent-ses-credentials", "{}"),
}


def all_mutations(declared: list[Finding]) -> dict[Finding, Mutate]:
    """Every mutation there is. DNS ones follow from what is declared: each record has the same few fields."""
    found: dict[Finding, Mutate] = {
        ("ses_sender", "noreply@klinematrix.com", "/sender_name"): rename_sender,
        ("ses_domain", "klinematrix.com", "/verified"): unverify,
        **ELSEWHERE,
        **APP_USERS,
        **{("cdn_domain", CHARTS_DOMAIN, path): mutate for path, mutate in CDN_MUTATIONS.items()},
        **bucket_mutations(CHARTS),
        **bucket_mutations(REPLICA),
        **{("oss_bucket", CHARTS, path): mutate for path, mutate in CHARTS_MUTATIONS.items()},
        **azure_mutations(),
        **monitoring_mutations(declared),
    }
    for name in ("cloudflare-api-token",):
        found |= secret_mutations(name)
    for name in ("verification-code", "password-reset"):
        found |= template_mutations(name)
    found |= {(kind, name, path): dns(name, path) for kind, name, path in declared if kind == "dns_record" and (kind, path) not in IDENTITY}
    return found
