# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud CDN, driven by its SDK."""

from __future__ import annotations

import json
import time
import typing as t

import pytest
import trustme
from alibabacloud_cdn20180510 import models as m
from alibabacloud_cdn20180510.client import Client

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import config, core, publish_txt, refused, until

NAME = "img.klinematrix.com"
BUCKET = "financial-agent-charts.oss-cn-shanghai.aliyuncs.com"
ORIGIN = {"content": BUCKET, "type": "oss", "priority": "20", "port": 443, "weight": "10"}


@pytest.fixture
def cdn(cloud: LocalCloud) -> Client:
    return Client(config("cdn.aliyuncs.com"))


@pytest.fixture
def verified(cloud: LocalCloud, cdn: Client) -> Client:
    """The root domain is proven to be ours."""
    with cloud.state() as state:
        state["alibaba"]["cdn"]["verified_roots"] = ["klinematrix.com"]
    return cdn


@pytest.fixture
def online(cloud: LocalCloud, verified: Client) -> Client:
    """A domain that is in service."""
    cloud.fault("slow_operation", action="cdn.configure", seconds=0)
    add(verified)
    cloud.heal()
    assert detail(verified).domain_status == "online"
    return verified


def add(cdn: Client, name: str = NAME, sources: t.Any = None, **changes: t.Any) -> None:
    wanted = {"cdn_type": "web", "scope": "overseas", **changes}
    cdn.add_cdn_domain(m.AddCdnDomainRequest(domain_name=name, sources=json.dumps(sources or [ORIGIN]), **wanted))


def detail(cdn: Client, name: str = NAME) -> m.DescribeCdnDomainDetailResponseBodyGetDomainDetailModel:
    return cdn.describe_cdn_domain_detail(m.DescribeCdnDomainDetailRequest(domain_name=name)).body.get_domain_detail_model


def wait(cdn: Client, status: str, name: str = NAME) -> None:
    until(lambda: detail(cdn, name).domain_status, lambda found: found == status)


def set_functions(cdn: Client, *functions: dict[str, t.Any], names: str = NAME) -> list[int]:
    request = m.BatchSetCdnDomainConfigRequest(domain_names=names, functions=json.dumps(functions))
    return [each.config_id for each in cdn.batch_set_cdn_domain_config(request).body.domain_config_list.domain_config_model]


def function(name: str, config_id: int | None = None, parent: int | None = None, /, **args: t.Any) -> dict[str, t.Any]:
    more = {key: value for key, value in (("configId", config_id), ("parentId", parent)) if value is not None}
    return {"functionName": name, "functionArgs": [{"argName": key, "argValue": value} for key, value in args.items()], **more}


def configs(cdn: Client, *names: str) -> list[t.Any]:
    request = m.DescribeCdnDomainConfigsRequest(domain_name=NAME, function_names=",".join(names))
    return list(cdn.describe_cdn_domain_configs(request).body.domain_configs.domain_config)


def args(shown: t.Any) -> dict[str, str]:
    return {each.arg_name: each.arg_value for each in shown.function_args.function_arg}


# --- ownership, and adding ------------------------------------------------------


def test_a_root_domain_must_be_proven_first(cloud: LocalCloud, cdn: Client) -> None:
    with refused("DomainOwnerVerifyFail", 400):
        add(cdn)
    content = cdn.describe_verify_content(m.DescribeVerifyContentRequest(domain_name=NAME)).body.content
    assert content.startswith("verify_")
    check = m.VerifyDomainOwnerRequest(domain_name=NAME, verify_type="dnsCheck")
    with refused("DomainOwnerVerifyFail", 400):
        cdn.verify_domain_owner(check)
    publish_txt(cloud, "verification.klinematrix.com", "something else")
    with refused("DomainOwnerVerifyFail", 400):
        cdn.verify_domain_owner(check)
    publish_txt(cloud, "verification.klinematrix.com", f'"{content}"')
    assert cdn.verify_domain_owner(check).body.request_id
    add(cdn)
    with refused("InvalidFile", 400):
        cdn.verify_domain_owner(m.VerifyDomainOwnerRequest(domain_name=NAME, verify_type="fileCheck"))


def test_a_new_domain_takes_its_time(verified: Client) -> None:
    add(verified)
    young = detail(verified)
    assert (young.domain_status, young.cname) == ("configuring", "")
    with refused("ServiceBusy", 403):
        verified.stop_cdn_domain(m.StopCdnDomainRequest(domain_name=NAME))
    wait(verified, "online")
    grown = detail(verified)
    assert grown.cname.startswith(f"{NAME}.w.")
    origin = grown.source_models.source_model[0]
    assert (origin.content, origin.port, origin.priority, origin.weight) == (BUCKET, 443, "20", "10")
    assert (grown.scope, grown.cdn_type, grown.server_certificate_status) == ("overseas", "web", "off")


def test_slow_operations_stretch_it(cloud: LocalCloud, verified: Client) -> None:
    cloud.fault("slow_operation", action="cdn.configure", seconds=60)
    add(verified)
    cloud.heal()
    with cloud.state() as state:
        domain = state["alibaba"]["cdn"]["domains"][NAME]
    assert domain["due"] > time.time() + 30
    assert detail(verified).domain_status == "configuring"


@pytest.mark.parametrize("name", ["klinematrix", "-a.klinematrix.com", "A.klinematrix.com", "a..klinematrix.com", "a_b.klinematrix.com"])
def test_names_that_are_no_names(verified: Client, name: str) -> None:
    with refused("InvalidDomainName.Malformed", 400):
        add(verified, name)


@pytest.mark.parametrize(
    "sources",
    [
        "not a list",
        [{}],
        [{"content": "1.2.3.4", "type": "domain"}][:0],
        [{"content": "1.2.3.400", "type": "ipaddr"}],
        [{"content": "bucket", "type": "oss"}],
        [{**ORIGIN, "port": 70000}],
        [{**ORIGIN, "priority": "25"}],
        [{**ORIGIN, "type": "ftp"}],
        [{**ORIGIN, "Weight": "10"}],
        [ORIGIN] * 21,
    ],
)
def test_sources_that_are_refused(verified: Client, sources: t.Any) -> None:
    with refused("InvalidSources.Malformed", 400):
        verified.add_cdn_domain(m.AddCdnDomainRequest(domain_name=NAME, cdn_type="web", scope="overseas", sources=json.dumps(sources)))


def test_other_refusals_of_adding(cloud: LocalCloud, verified: Client) -> None:
    with refused("InvalidCdnType.Malformed", 400):
        add(verified, cdn_type="live")
    with refused("InvalidScope.Malformed", 400):
        add(verified, scope="moon")
    with refused("MissingSources", 400):
        verified.add_cdn_domain(m.AddCdnDomainRequest(domain_name=NAME, cdn_type="web"))
    # Without a word about the scope the Chinese mainland is meant, which takes an ICP filing.
    with refused("DomainNotRegistration", 404):
        add(verified, scope=None)
    with cloud.state() as state:
        state["alibaba"]["cdn"]["icp_filings"] = ["klinematrix.com"]
    add(verified, scope=None)
    assert detail(verified).scope == "domestic"
    with refused("DomainAlreadyExist", 400):
        add(verified)
    with refused("InvalidDomain.NotFound", 404):
        detail(verified, "other.klinematrix.com")


# --- life ------------------------------------------------------------------------


def test_change_stop_start_delete(cloud: LocalCloud, online: Client) -> None:
    backup = {"content": "origin.klinematrix.com", "type": "domain", "priority": "30"}
    online.modify_cdn_domain(m.ModifyCdnDomainRequest(domain_name=NAME, sources=json.dumps([backup, ORIGIN])))
    found = detail(online)
    assert found.domain_status == "configuring"
    # Sorted, and filled up with defaults.
    assert [(each.content, each.port, each.weight) for each in found.source_models.source_model] == [
        (BUCKET, 443, "10"),
        ("origin.klinematrix.com", 80, "10"),
    ]
    wait(online, "online")
    with refused("DomainNotRegistration", 404):
        online.modify_cdn_domain_schdm_by_property(
            m.ModifyCdnDomainSchdmByPropertyRequest(domain_name=NAME, property='{"coverage":"global"}')
        )
    with refused("InvalidProperty.Malformed", 400):
        online.modify_cdn_domain_schdm_by_property(m.ModifyCdnDomainSchdmByPropertyRequest(domain_name=NAME, property="global"))
    with cloud.state() as state:
        state["alibaba"]["cdn"]["icp_filings"] = ["klinematrix.com"]
    online.modify_cdn_domain_schdm_by_property(m.ModifyCdnDomainSchdmByPropertyRequest(domain_name=NAME, property='{"coverage":"global"}'))
    wait(online, "online")
    assert detail(online).scope == "global"
    online.stop_cdn_domain(m.StopCdnDomainRequest(domain_name=NAME))
    assert detail(online).domain_status == "stopping"
    wait(online, "offline")
    online.start_cdn_domain(m.StartCdnDomainRequest(domain_name=NAME))
    wait(online, "online")
    online.delete_cdn_domain(m.DeleteCdnDomainRequest(domain_name=NAME))
    assert detail(online).domain_status == "deleting"
    with refused("DomainAlreadyExist"):
        add(online)
    listed = m.DescribeUserDomainsRequest()
    until(lambda: online.describe_user_domains(listed).body.total_count, lambda count: count == 0)
    with refused("InvalidDomain.NotFound", 404):
        online.delete_cdn_domain(m.DeleteCdnDomainRequest(domain_name=NAME))


def test_listing_pages_and_filters(verified: Client) -> None:
    for number in range(5):
        add(verified, f"a{number}.klinematrix.com", tag=[m.AddCdnDomainRequestTag(key="n", value=str(number))])
    page = verified.describe_user_domains(m.DescribeUserDomainsRequest(page_size=2, page_number=3)).body
    assert (page.total_count, [each.domain_name for each in page.domains.page_data]) == (5, ["a0.klinematrix.com"])
    row = page.domains.page_data[0]
    assert (row.coverage, row.sandbox, row.ssl_protocol, row.sources.source[0].port) == ("overseas", "normal", "off", 443)

    def names(**wanted: t.Any) -> list[str]:
        body = verified.describe_user_domains(m.DescribeUserDomainsRequest(**wanted)).body
        return [each.domain_name for each in body.domains.page_data]

    assert names(domain_name="a1.klinematrix.com") == ["a1.klinematrix.com"]
    assert names(domain_name="a1") == []
    assert names(domain_name="a1", domain_search_type="pre_match") == ["a1.klinematrix.com"]
    assert names(tag=[m.DescribeUserDomainsRequestTag(key="n", value="3")]) == ["a3.klinematrix.com"]
    assert names(cdn_type="video,download") == []
    with refused("InvalidPageSize.ValueNotSupported", 400):
        names(page_size=501)


def test_an_account_without_the_product(cloud: LocalCloud, verified: Client) -> None:
    with refused("CdnServiceAlreadyOpened"):
        verified.open_cdn_service(m.OpenCdnServiceRequest(internet_charge_type="PayByTraffic"))
    with cloud.state() as state:
        state["alibaba"]["cdn"]["opened"] = False
    with refused("CdnServiceNotFound", 403):
        add(verified)
    verified.open_cdn_service(m.OpenCdnServiceRequest(internet_charge_type="PayByTraffic"))
    assert verified.describe_cdn_service(m.DescribeCdnServiceRequest()).body.internet_charge_type == "PayByTraffic"
    add(verified)


# --- functions ----------------------------------------------------------------------


def test_functions_come_back_in_the_services_own_form(cloud: LocalCloud, online: Client) -> None:
    # One that nobody set: the platform's own, for the OSS origin.
    assert [(each.function_name, args(each)["oss_bucket_id"]) for each in configs(online)] == [("oss_auth", BUCKET)]
    cloud.fault("slow_operation", action="cdn.function", seconds=0.5)
    cache, key = set_functions(
        online, function("path_based_ttl_set", path="/charts/", ttl=3600), function("l2_oss_key", private_oss_auth="on"), names=NAME
    )
    cloud.heal()
    (shown,) = configs(online, "path_based_ttl_set")
    assert (shown.config_id, shown.status) == (str(cache), "configuring")
    assert args(shown) == {
        "path": "/charts/",
        "ttl": "3600",
        "weight": "1",
        "force_revalidate": "off",
        "swift_origin_cache_high": "off",
        "swift_no_cache_low": "off",
        "swift_follow_cachetime": "off",
    }
    until(lambda: configs(online, "path_based_ttl_set")[0].status, lambda status: status == "success")
    (shown,) = configs(online, "l2_oss_key")
    assert (shown.config_id, args(shown)) == (str(key), {"private_oss_auth": "on", "perm_private_oss_tbl": ""})
    assert detail(online).domain_status == "online"


def test_setting_again(online: Client) -> None:
    (force,) = set_functions(online, function("https_force", enable="on"))
    assert set_functions(online, function("https_force", enable="on", https_rewrite="308")) == [force]
    assert [args(each)["https_rewrite"] for each in configs(online, "https_force")] == ["308"]
    # A function that can be there more than once gets a further record, unless one is named.
    (first,) = set_functions(online, function("set_resp_header", key="Cache-Control", value="no-cache"))
    with refused("ConfigDuplicate", 400):
        set_functions(online, function("set_resp_header", key="Cache-Control", value="no-cache"))
    (second,) = set_functions(online, function("set_resp_header", key="Cache-Control", value="max-age=3600"))
    assert first != second
    assert set_functions(online, function("set_resp_header", second, key="Cache-Control", value="max-age=60")) == [second]
    assert {each.config_id: args(each)["value"] for each in configs(online, "set_resp_header")} == {
        str(first): "no-cache",
        str(second): "max-age=60",
    }
    with refused("ConfigNotFound", 404):
        set_functions(online, function("set_resp_header", 1, key="a", value="b"))


def test_conditions_carry_other_functions(online: Client) -> None:
    (rule,) = set_functions(online, function("condition", rule='{"name":"x"}'))
    set_functions(online, function("origin_request_header", None, rule, header_operation_type="add", header_name="a", header_value="b"))
    (shown,) = configs(online, "origin_request_header")
    assert shown.parent_id == str(rule)
    with refused("ConfigParentInUse"):
        online.delete_specific_config(m.DeleteSpecificConfigRequest(domain_name=NAME, config_id=str(rule)))
    detached = function("origin_request_header", int(shown.config_id), -1, header_operation_type="add", header_name="a")
    set_functions(online, detached)
    assert configs(online, "origin_request_header")[0].parent_id is None
    online.delete_specific_config(m.DeleteSpecificConfigRequest(domain_name=NAME, config_id=str(rule)))
    with refused("Function.InvalidParentId", 400):
        set_functions(online, function("gzip", None, 4711, enable="on"))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (function("no_such_function", enable="on"), "InvalidFunctionName.ValueNotSupported"),
        (function("gzip", enabled="on"), "InvalidArgName.ValueNotSupported"),
        (function("gzip", enable="yes"), "InvalidArgValue.Malformed"),
        (function("path_based_ttl_set", path="charts", ttl="1"), "InvalidArgValue.Malformed"),
        (function("path_based_ttl_set", path="/charts", ttl="100000000"), "InvalidArgValue.Malformed"),
        (function("path_based_ttl_set", path="/charts"), "MissingParameterttl"),
        (function("gzip", enable=None), "MissingParameter"),
        ({"functionName": "gzip"}, "InvalidFunctions.Malformed"),
    ],
)
def test_functions_that_are_refused(online: Client, wanted: dict[str, t.Any], expected: str) -> None:
    with refused(expected, 400):
        set_functions(online, function("brotli", enable="on"), wanted)
    # All or nothing.
    assert configs(online, "brotli") == []


def test_functions_that_exclude_each_other(online: Client) -> None:
    set_functions(online, function("referer_white_list_set", refer_domain_allow_list="klinematrix.com"))
    with refused("FunctionMutex", 400):
        set_functions(online, function("referer_black_list_set", refer_domain_deny_list="example.com"))
    with refused("FunctionMutex", 400):
        set_functions(online, function("http_force", enable="on"), function("https_force", enable="on"))
    core("cdn", "BatchDeleteCdnDomainConfig", DomainNames=NAME, FunctionNames="referer_white_list_set")
    set_functions(online, function("referer_black_list_set", refer_domain_deny_list="example.com"))
    with refused("InvalidFunctionName.ValueNotSupported", 400):
        core("cdn", "BatchDeleteCdnDomainConfig", DomainNames=NAME, FunctionNames="nothing")


def test_deleting_functions(online: Client) -> None:
    (one,) = set_functions(online, function("gzip", enable="on"))
    online.delete_specific_config(m.DeleteSpecificConfigRequest(domain_name=NAME, config_id=str(one)))
    assert configs(online, "gzip") == []
    with refused("ConfigNotFound", 404):
        online.delete_specific_config(m.DeleteSpecificConfigRequest(domain_name=NAME, config_id=str(one)))


def test_private_buckets_take_a_role(online: Client) -> None:
    role = "AliyunCDNAccessingPrivateOSSRole"
    core("ram", "DetachPolicyFromRole", RoleName=role, PolicyName="AliyunOSSReadOnlyAccess", PolicyType="System")
    core("ram", "DeleteRole", RoleName=role)
    with refused("EntityNotExist.Role", 400):
        set_functions(online, function("l2_oss_key", private_oss_auth="on"))


# --- certificates and tags -------------------------------------------------------------


def test_certificates(online: Client) -> None:
    ca = trustme.CA()
    good, other = ca.issue_cert(NAME, common_name=NAME), ca.issue_cert(NAME)

    def set_certificate(**wanted: t.Any) -> None:
        online.set_cdn_domain_sslcertificate(m.SetCdnDomainSSLCertificateRequest(domain_name=NAME, sslprotocol="on", **wanted))

    public = good.cert_chain_pems[0].bytes().decode()
    with refused("InvalidSSLPub", 400):
        set_certificate(cert_type="upload", sslpub="nonsense", sslpri="nonsense")
    with refused("InvalidSSLPri", 400):
        set_certificate(cert_type="upload", sslpub=public, sslpri="nonsense")
    with refused("Certificate.MissMatch", 400):
        set_certificate(cert_type="upload", sslpub=public, sslpri=other.private_key_pem.bytes().decode())
    set_certificate(cert_type="upload", cert_name="charts", sslpub=public, sslpri=good.private_key_pem.bytes().decode())
    wait(online, "online")
    assert detail(online).server_certificate_status == "on"
    info = online.describe_domain_certificate_info(m.DescribeDomainCertificateInfoRequest(domain_name=NAME)).body.cert_infos.cert_info[0]
    assert (info.cert_name, info.cert_domain_name, info.server_certificate_status) == ("charts", NAME, "on")
    online.set_cdn_domain_sslcertificate(m.SetCdnDomainSSLCertificateRequest(domain_name=NAME, sslprotocol="off"))
    wait(online, "online")
    assert detail(online).server_certificate_status == "off"


def test_tags(online: Client) -> None:
    tags = [m.TagResourcesRequestTag(key="app", value="charts"), m.TagResourcesRequestTag(key="env", value="test")]
    online.tag_resources(m.TagResourcesRequest(resource_type="DOMAIN", resource_id=[NAME], tag=tags))
    online.untag_resources(m.UntagResourcesRequest(resource_type="DOMAIN", resource_id=[NAME], tag_key=["env"]))
    found = online.describe_tag_resources(m.DescribeTagResourcesRequest(resource_type="DOMAIN", resource_id=[NAME])).body.tag_resources
    assert [(each.resource_id, [(tag.key, tag.value) for tag in each.tag]) for each in found] == [(NAME, [("app", "charts")])]
    with refused("InvalidResourceType.ValueNotSupported", 400):
        online.tag_resources(m.TagResourcesRequest(resource_type="BUCKET", resource_id=[NAME], tag=tags))
    with refused("InvalidDomain.NotFound", 404):
        online.tag_resources(m.TagResourcesRequest(resource_type="DOMAIN", resource_id=["x.klinematrix.com"], tag=tags))


def test_reads_and_writes_are_told_apart(cloud: LocalCloud, online: Client) -> None:
    cloud.forget()
    detail(online)
    set_functions(online, function("gzip", enable="on"))
    assert [entry["action"] for entry in cloud.reads] == ["DescribeCdnDomainDetail"]
    assert [entry["action"] for entry in cloud.writes] == ["BatchSetCdnDomainConfig"]
