# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: RUF001  Chinese has commas and colons of its own

"""Error codes and their messages, in Chinese (the default) and in English (`X-TC-Language: en-US`).

Wordings of the gateway's own refusals are those seen on the wire in public reports; the others are the descriptions in the error
code lists of the documents (Chinese and international edition), which the SDKs carry as comments in `errorcodes.py`.
A key with `#` is one of several messages of a code.
"""

from __future__ import annotations

_COMMON = {
    "AuthFailure.InvalidAuthorization": (
        "请求头部的 Authorization 不符合腾讯云标准。",
        "Authorization in the request header is invalid.",
    ),
    "AuthFailure.SecretIdNotFound": (
        "SecretId不存在，请输入正确的密钥。",
        "The SecretId is not found, please ensure that your SecretId is correct.",
    ),
    "AuthFailure.SignatureExpire": (
        "签名过期。Timestamp 和服务器时间相差不得超过五分钟，请检查本地时间是否和标准时间同步。",
        "Signature expired. Timestamp and server time cannot differ by more than five minutes. "
        "Please ensure your current local time matches the standard time.",
    ),
    "AuthFailure.SignatureFailure": (
        "请求签名验证失败，请检查您的签名计算是否正确。",
        "The provided credentials could not be validated. Please check your signature is correct.",
    ),
    "AuthFailure.TokenFailure": ("token 错误。", "Token error."),
    "AuthFailure.UnauthorizedOperation": (
        "操作未授权，请检查CAM策略。[[request id:{request_id}]you are not authorized to perform operation ({operation})\n"
        "resource ({resource}) has no permission\n]",
        "You are not authorized to perform this operation. Check your CAM policies, and ensure that you are using the correct "
        "access keys. [[request id:{request_id}]you are not authorized to perform operation ({operation})\n"
        "resource ({resource}) has no permission\n]",
    ),
    "FailedOperation": ("操作失败。", "Operation failed."),
    "InternalError": ("内部错误。", "Internal error."),
    "InvalidAction": ("接口不存在。", "The API does not exist."),
    "InvalidParameter": ("参数错误。", "Incorrect parameter."),
    "InvalidParameter#json": ("请求体不是合法的 JSON 对象。", "The request body is not a valid JSON object."),
    "InvalidParameter#type": (
        "参数 `{name}` 取值类型错误。参数类型应为 `{kind}`。",
        "The value type of parameter `{name}` is not valid.",
    ),
    "InvalidParameterValue": ("参数取值错误。", "Invalid parameter value."),
    "LimitExceeded": ("超过配额限制。", "The quota limit is exceeded."),
    "MissingParameter": ("请求缺少必需参数 `{name}`。", "The request is missing a required parameter `{name}`."),
    "NoSuchVersion": (
        "接口版本不存在：服务 `{service}` 没有版本 `{version}`。",
        "The specified api version=`{version}` does not exist in service=`{service}`.",
    ),
    "OperationDenied": ("操作被拒绝。", "Operation denied."),
    "RequestLimitExceeded": (
        "您当前每秒请求 `{count}` 次，超过了每秒频率上限 `{limit}`，请稍后重试。",
        "Your current request times equals to `{count}` in a second, which exceeds the frequency limit `{limit}` for a second. "
        "Please reduce the frequency of calls.",
    ),
    "RequestSizeLimitExceeded": ("请求包超过限制大小。", "The request packet exceeds the upper limit."),
    "ResourceNotFound": ("资源不存在。", "The resource does not exist."),
    "UnknownParameter": ("未定义参数 `{name}` 。", "The parameter `{name}` is not recognized."),
    "UnsupportedRegion": ("接口不支持所传地域。", "The action not support this region."),
}

_SES = {
    "FailedOperation.DKIMNotApplied": ("DKIM没有创建，需要提前创建", "DKIM is not created and must be created in advance"),
    "FailedOperation.EmailAddrInBlacklist": ("邮件地址在黑名单中。", "The email address is in the blocklist."),
    "FailedOperation.ExceedSendLimit": ("超出当日总量发送限制。", "The number of emails exceeds the daily sending limit."),
    "FailedOperation.ExceedTemplateLimit": ("超出最大模板数量限制。", "The number of templates exceeds the upper limit."),
    "FailedOperation.FrequencyLimit": (
        "触发频率控制，短时间内对同一地址发送过多邮件。",
        "You have sent too many emails to the same address in a short period.",
    ),
    "FailedOperation.IncorrectSender": (
        "发件人格式不正确。请参考文档示例填写。",
        "Incorrect sender format. Follow the sample in this document.",
    ),
    "FailedOperation.InsufficientBalance": ("余额不足，账号欠费等。", "Insufficient balance or account in arrears."),
    "FailedOperation.InsufficientQuota": ("套餐包额度不足。", "Insufficient emails in plans."),
    "FailedOperation.InvalidLimit": ("超过查询限制，Limit最大支持100。", "Reached the query limit (100)."),
    "FailedOperation.InvalidTemplateID": ("模板ID无效或者不可用。", "Invalid template ID or unavailable template."),
    "FailedOperation.MissingEmailContent": (
        "缺少发信内容（TemplateData和Simple不能同时为空)。",
        "Missing email content (`TemplateData` and `Simple` cannot be both empty).",
    ),
    "FailedOperation.NoAttachPermission": ("没有附件发送权限，请检查。", "No permission to send an email with attachments."),
    "FailedOperation.NotAuthenticatedSender": (
        "发件sender没有经过认证，无法发送。",
        "Unable to send because the sender is not verified.",
    ),
    "FailedOperation.NotSupportDate": (
        "不支持查询该日期邮件记录，仅支持查询90天之内的数据。",
        "You cannot query email records for this date. Only data within 90 days can be queried.",
    ),
    "FailedOperation.ServiceNotAvailable": ("临时性错误，请求未生效，请重试。", "The request has not taken effect. Try again."),
    "FailedOperation.TemplateContentToolarge": (
        "模板内容太大，请减少模板内容。",
        "The template size is too large. Reduce the size.",
    ),
    "FailedOperation.TemporaryBlocked": (
        "因触发了对应的收件服务商限制，邮件推送平台会对该服务商发信暂停10分钟，10分钟后自动解除。",
        "The email push platform will suspend sending emails to the service provider for 10 minutes due to the corresponding "
        "recipient service provider's limit. it will be automatically released after 10 minutes.",
    ),
    "FailedOperation.TooManyRecipients": (
        "收件人数太多，最多支持同时发送50人。",
        "Too many recipients. Set a maximum of 50 recipients at a time.",
    ),
    "FailedOperation.WithOutPermission": ("仅支持使用模板发送邮件。", "You can only send emails by using a template."),
    "FailedOperation.WrongContentJson": (
        "TemplateData字段格式不正确，请保持为json格式。",
        "The format of the `TemplateData` field is incorrect. Make sure it is in JSON format.",
    ),
    "InvalidParameterValue.CreatedByOther": (
        "该域名已被其他腾讯云账号创建。",
        "This sender domain has been created by another Tencent Cloud account.",
    ),
    "InvalidParameterValue.EmailAddressIsNULL": (
        "收件或者发件地址为空，请检查邮件地址。",
        "The recipient or sender address is empty. Please check.",
    ),
    "InvalidParameterValue.IllegalEmailAddress": (
        "邮件地址不合法，请检查邮件地址格式。",
        "Invalid email address. Make sure the address format is correct.",
    ),
    "InvalidParameterValue.IllegalSenderName": ("发信人别名错误。", "The sender alias is incorrect."),
    "InvalidParameterValue.InvalidEmailIdentity": ("域名取值错误。", "Invalid domain value."),
    "InvalidParameterValue.InvalidSmtpPassWord": (
        "密码长度为10~20位，且必须至少包含2位不重复的数字、小写字母、大写字母。",
        "The password can contain 10-20 characters and must contain at least 2 unique digits, lowercase letters, and uppercase letters.",
    ),
    "InvalidParameterValue.NoSuchSender": (
        "您没有这个发件地址，请检查是否存在。",
        "You don't have the sender address. Check if it exists.",
    ),
    "InvalidParameterValue.NotExistDomain": (
        "该域名还没有创建，请先新建发信域名。",
        "This sender domain does not exist. Create it first.",
    ),
    "InvalidParameterValue.ReceiverEmailInvalid": ("收件人地址错误。", "The recipient address is incorrect."),
    "InvalidParameterValue.RepeatCreation": (
        "该域名已经创建过了，请勿重复创建。",
        "This sender domain already exists. Do not create it again.",
    ),
    "InvalidParameterValue.RepeatEmailAddress": (
        "该邮件地址已经创建过了，请勿重复创建。",
        "This email address already exists. Do not create it again.",
    ),
    "InvalidParameterValue.TemplateContentIsNULL": ("模板资源为空。", "The template resource is empty."),
    "InvalidParameterValue.TemplateContentIsWrong": (
        "模板内容错误，请检查base64内容是否正确。",
        "Incorrect template content. Make sure the Base64 content is correct.",
    ),
    "InvalidParameterValue.TemplateNameIllegal": (
        "模板名字不合法，请检查字符内容及大小。",
        "Invalid template name. Make sure the characters and length of the template name are valid.",
    ),
    "InvalidParameterValue.TemplateNameIsNULL": ("模板名字不能为空。", "The template name cannot be empty."),
    "InvalidParameterValue.TemplateNotExist": (
        "不存在该模板，请先创建模板。",
        "The template does not exist. Please create a template.",
    ),
    "InvalidParameterValue.WrongDate": (
        "搜索日期错误，请检查日期及格式是否有效。",
        "Incorrect search date. Make sure the date and its format are valid.",
    ),
    "OperationDenied.DomainNotVerified": (
        "域名验证失败，请检查域名是否通过验证。",
        "Domain verification failed. Check whether the domain has passed verification.",
    ),
    "OperationDenied.ExceedDomainLimit": ("超出最大发信域名限制。", "The number of sender domains exceeds the upper limit."),
    "OperationDenied.ExceedSenderLimit": ("超出最大发信地址限制。", "The number of sender addresses exceeds the upper limit."),
    "OperationDenied.NotAllowDelete": ("不允许删除域名", "Domain name cannot be deleted."),
    "OperationDenied.RepeatPassWord": ("不能与上一次设置密码相同。", "The password cannot be the same as the last set password."),
    "OperationDenied.SendAddressStatusError": (
        "发信地址不存在或者状态不是通过状态。",
        "The sender address does not exist or hasn't been approved.",
    ),
    "OperationDenied.SenderWithDomainIsNotEmpty": (
        "与该域名相关的发信地址不为空",
        "The sender address related to that domain name is not empty.",
    ),
    "OperationDenied.TemplateStatusError": (
        "发信模板不存在或者状态不是审核通过状态。",
        "The email template does not exist or hasn't been approved.",
    ),
}

_CAM = {
    "FailedOperation.PolicyNameInUse": (
        "PolicyName字段指定的策略名已存在。",
        "The policy name specified by the `PolicyName` field already exists.",
    ),
    "InvalidParameter.ActionError": ("策略文档的Action字段不合法。", "`Action` field of policy document invalid."),
    "InvalidParameter.DescriptionLengthOverlimit": (
        "Description入参长度不能大于300字节。",
        "The input parameter `description` cannot exceed 300 bytes in length.",
    ),
    "InvalidParameter.EffectError": ("策略文档的Effect字段不合法。", "`Effect` field of policy document invalid."),
    "InvalidParameter.ParamError": ("非法入参。", "Invalid input parameter."),
    "InvalidParameter.PolicyDocumentError": ("PolicyDocument字段不合法。", "`PolicyDocument` field invalid."),
    "InvalidParameter.PolicyDocumentLengthOverLimit": (
        "PolicyDocument字段超过长度限制。",
        "`PolicyDocument` field exceeds length restriction.",
    ),
    "InvalidParameter.PolicyIdNotExist": ("策略ID不存在。", "Policy ID does not exist."),
    "InvalidParameter.PolicyNameError": ("PolicyName字段不合法。", "`PolicyName` field invalid."),
    "InvalidParameter.ResourceError": ("策略文档的Resource字段不合法。", "`Resource` field of policy document invalid."),
    "InvalidParameter.ScopeError": ("Scope字段不合法。", "`Scope` field invalid."),
    "InvalidParameter.StatementError": ("策略文档的Statement字段不合法。", "`Statement` field of policy document invalid."),
    "InvalidParameter.SubUserNameInUse": ("子用户名称重复。", "Sub-user name repeated."),
    "InvalidParameter.UserNameIllegal": ("用户名不合法。", "Invalid username."),
    "InvalidParameter.VersionError": ("策略文档的Version字段不合法。", "`Version` field of policy document invalid."),
    "OperationDenied.AccessKeyOverLimit": ("每个账号最多支持两个AccessKey。", "Each account can have up to two `AccessKey`."),
    "OperationDenied.HaveKeys": ("存在未删除的API密钥。", "There are undeleted API keys."),
    "OperationDenied.UinNotMatch": ("被操作密钥与账号不匹配。", "The access key does not match the account."),
    "ResourceNotFound.PolicyIdNotFound": ("PolicyId指定的资源不存在。", "Resources specified by `PolicyId` does not exist."),
    "ResourceNotFound.SecretNotExist": ("密钥不存在。", "The key does not exist."),
    "ResourceNotFound.UserNotExist": ("用户不存在。", "User object does not exist"),
}

_ALL = {**_COMMON, **_SES, **_CAM}


def message(key: str, english: bool, details: dict[str, str]) -> str:
    """The text for a code, or the code itself where there is none (injected faults may carry any code)."""
    texts = _ALL.get(key)
    return texts[english].format(**details) if texts else key
