//! The services: which requests they take, and what is shown first of each. A new one is a new entry.

use super::entry::Source::{Any, Each, Form, Json, Message, Money, Pair, Query, Segment, Size, Tags, Texts};
use super::entry::{Entry, Source, entry};

const GOOGLE_MAIL: &[&str] = &["gmail.googleapis.com", "www.googleapis.com"];
const GRAPH: &[&str] = &["graph.microsoft.com"];
const GOOGLE_CALENDAR: &[&str] = &["www.googleapis.com", "calendar.googleapis.com"];
const GITHUB: &[&str] = &["api.github.com"];
const SLACK: &[&str] = &["slack.com"];
const STRIPE: &[&str] = &["api.stripe.com"];
const PAYPAL: &[&str] = &["api-m.paypal.com", "api-m.sandbox.paypal.com"];
const JIRA: &[&str] = &["api.atlassian.com", "*.atlassian.net"];
const NOTION: &[&str] = &["api.notion.com"];
const S3: &[&str] = &["s3.amazonaws.com", "s3.*.amazonaws.com", "*.s3.amazonaws.com", "*.s3.*.amazonaws.com"];

const MAIL_JSON: &[(&str, Source)] = &[("", Message(Some("/raw"))), ("Draft", Json("/id"))];
const DRAFT_JSON: &[(&str, Source)] = &[("", Message(Some("/message/raw")))];
const MAIL_BODY: &[(&str, Source)] = &[("", Message(None))];
const GRAPH_MAIL: &[(&str, Source)] = &[
    ("To", Any(&[Each("/message/toRecipients", "/emailAddress/address"), Each("/toRecipients", "/emailAddress/address")])),
    ("Cc", Any(&[Each("/message/ccRecipients", "/emailAddress/address"), Each("/ccRecipients", "/emailAddress/address")])),
    ("Bcc", Any(&[Each("/message/bccRecipients", "/emailAddress/address"), Each("/bccRecipients", "/emailAddress/address")])),
    ("Subject", Any(&[Json("/message/subject"), Json("/subject")])),
    ("Attachment", Any(&[Each("/message/attachments", "/name"), Each("/attachments", "/name")])),
    ("Text", Any(&[Json("/message/body/content"), Json("/body/content")])),
    ("Comment", Any(&[Json("/comment"), Json("/Comment")])),
    ("", Message(None)),
];
const EVENT: &[(&str, Source)] = &[
    ("Title", Json("/summary")),
    ("Starts", Any(&[Json("/start/dateTime"), Json("/start/date")])),
    ("Ends", Any(&[Json("/end/dateTime"), Json("/end/date")])),
    ("Attendee", Each("/attendees", "/email")),
    ("Where", Json("/location")),
    ("Text", Json("/description")),
    ("Calendar", Segment(0)),
    ("Event", Segment(1)),
    ("Invitations", Query("sendUpdates")),
];
const GRAPH_EVENT: &[(&str, Source)] = &[
    ("Title", Json("/subject")),
    ("Starts", Json("/start/dateTime")),
    ("Ends", Json("/end/dateTime")),
    ("Attendee", Each("/attendees", "/emailAddress/address")),
    ("Where", Json("/location/displayName")),
    ("Text", Json("/body/content")),
    ("Event", Segment(0)),
];

/// Mail, calendars and chat.
pub(super) const MAIL: &[Entry] = &[
    entry("Gmail", GOOGLE_MAIL, &["POST"], &["/gmail/v1/users/*/messages/send", "/gmail/v1/users/*/drafts/send"], "Send email", MAIL_JSON),
    entry("Gmail", GOOGLE_MAIL, &["POST"], &["/upload/gmail/v1/users/*/messages/send"], "Send email", MAIL_BODY),
    entry("Gmail", GOOGLE_MAIL, &["POST", "PUT"], &["/gmail/v1/users/*/drafts", "/gmail/v1/users/*/drafts/*"], "Save email draft", DRAFT_JSON),
    entry("Gmail", GOOGLE_MAIL, &["POST"], &["/gmail/v1/users/*/messages/*/trash"], "Move email to trash", &[("Message", Segment(1))]),
    entry("Gmail", GOOGLE_MAIL, &["DELETE"], &["/gmail/v1/users/*/messages/*"], "Delete email for good", &[("Message", Segment(1))]),
    entry("Gmail", GOOGLE_MAIL, &["POST"], &["/gmail/v1/users/*/messages/batchDelete"], "Delete emails for good", &[("Message", Json("/ids"))]),
    entry("Outlook", GRAPH, &["POST"], &["/v1.0/me/sendMail", "/v1.0/users/*/sendMail", "/beta/me/sendMail"], "Send email", GRAPH_MAIL),
    entry("Outlook", GRAPH, &["POST"], &["/v1.0/me/messages/*/reply", "/v1.0/me/messages/*/replyAll"], "Reply to email", GRAPH_MAIL),
    entry("Outlook", GRAPH, &["POST"], &["/v1.0/me/messages/*/forward"], "Forward email", GRAPH_MAIL),
    entry("Outlook", GRAPH, &["POST"], &["/v1.0/me/messages/*/send"], "Send email draft", &[("Draft", Segment(0))]),
    entry("Outlook", GRAPH, &["POST"], &["/v1.0/me/messages"], "Save email draft", GRAPH_MAIL),
    entry("Outlook", GRAPH, &["DELETE"], &["/v1.0/me/messages/*"], "Delete email", &[("Message", Segment(0))]),
    entry("Google Calendar", GOOGLE_CALENDAR, &["POST"], &["/calendar/v3/calendars/*/events"], "Create calendar event", EVENT),
    entry("Google Calendar", GOOGLE_CALENDAR, &["PUT", "PATCH"], &["/calendar/v3/calendars/*/events/*"], "Change calendar event", EVENT),
    entry("Google Calendar", GOOGLE_CALENDAR, &["DELETE"], &["/calendar/v3/calendars/*/events/*"], "Delete calendar event", EVENT),
    entry("Outlook Calendar", GRAPH, &["POST"], &["/v1.0/me/events", "/v1.0/me/calendar/events"], "Create calendar event", GRAPH_EVENT),
    entry("Outlook Calendar", GRAPH, &["PATCH"], &["/v1.0/me/events/*"], "Change calendar event", GRAPH_EVENT),
    entry("Outlook Calendar", GRAPH, &["DELETE"], &["/v1.0/me/events/*"], "Delete calendar event", GRAPH_EVENT),
    entry("Slack", SLACK, &["POST"], &["/api/chat.postMessage", "/api/chat.postEphemeral", "/api/chat.scheduleMessage"], "Post Slack message", SLACK_MESSAGE),
    entry("Slack", SLACK, &["POST"], &["/api/chat.update"], "Change Slack message", SLACK_MESSAGE),
    entry("Slack", SLACK, &["POST"], &["/api/chat.delete"], "Delete Slack message", SLACK_MESSAGE),
    entry("Slack", SLACK, &["POST"], &["/api/conversations.invite"], "Invite to Slack channel", &[("Channel", Any(&[Json("/channel"), Form("channel")])), ("People", Any(&[Json("/users"), Form("users")]))]),
    entry("Slack", SLACK, &["POST"], &["/api/files.upload", "/api/files.completeUploadExternal"], "Share file in Slack", &[("Channel", Any(&[Json("/channel_id"), Form("channels"), Form("channel_id")])), ("File", Any(&[Each("/files", "/title"), Form("filename"), Form("title")]))]),
];

const SLACK_MESSAGE: &[(&str, Source)] = &[
    ("Channel", Any(&[Json("/channel"), Form("channel")])),
    ("Text", Any(&[Json("/text"), Form("text")])),
    ("Blocks", Any(&[Texts("/blocks"), Form("blocks")])),
    ("Message", Any(&[Json("/ts"), Form("ts")])),
];

const JIRA_ISSUE: &[(&str, Source)] = &[
    ("Project", Any(&[Json("/fields/project/key"), Json("/fields/project/id")])),
    ("Type", Any(&[Json("/fields/issuetype/name"), Json("/fields/issuetype/id")])),
    ("Title", Json("/fields/summary")),
    ("Text", Texts("/fields/description")),
    ("Assignee", Any(&[Json("/fields/assignee/accountId"), Json("/fields/assignee/id")])),
];

/// Issues and pages.
pub(super) const WORK: &[Entry] = &[
    entry("Linear", &["api.linear.app"], &["POST"], &["/graphql"], "", &[]),
    entry("Jira", JIRA, &["POST"], &["/rest/api/3/issue", "/rest/api/2/issue", "/ex/jira/*/rest/api/3/issue", "/ex/jira/*/rest/api/2/issue"], "Create Jira issue", JIRA_ISSUE),
    entry("Jira", JIRA, &["POST"], &["/rest/api/3/issue/*/comment", "/rest/api/2/issue/*/comment"], "Comment on Jira issue", &[("Issue", Segment(0)), ("Text", Texts("/body"))]),
    entry("Jira", JIRA, &["POST"], &["/ex/jira/*/rest/api/3/issue/*/comment"], "Comment on Jira issue", &[("Issue", Segment(1)), ("Text", Texts("/body"))]),
    entry("Jira", JIRA, &["POST"], &["/rest/api/3/issue/*/transitions", "/rest/api/2/issue/*/transitions"], "Move Jira issue", &[("Issue", Segment(0)), ("Transition", Json("/transition/id"))]),
    entry("Jira", JIRA, &["PUT"], &["/rest/api/3/issue/*", "/rest/api/2/issue/*"], "Change Jira issue", &[("Issue", Segment(0))]),
    entry("Jira", JIRA, &["PUT"], &["/ex/jira/*/rest/api/3/issue/*"], "Change Jira issue", &[("Issue", Segment(1))]),
    entry("Jira", JIRA, &["DELETE"], &["/rest/api/3/issue/*", "/rest/api/2/issue/*"], "Delete Jira issue", &[("Issue", Segment(0))]),
    entry("Jira", JIRA, &["DELETE"], &["/ex/jira/*/rest/api/3/issue/*"], "Delete Jira issue", &[("Issue", Segment(1))]),
    entry("Notion", NOTION, &["POST"], &["/v1/pages"], "Create Notion page", &[("In", Any(&[Json("/parent/page_id"), Json("/parent/database_id"), Json("/parent/data_source_id")])), ("Title and fields", Texts("/properties")), ("Text", Texts("/children"))]),
    entry("Notion", NOTION, &["PATCH"], &["/v1/pages/*"], "Change Notion page", &[("Page", Segment(0)), ("Archived", Any(&[Json("/archived"), Json("/in_trash")])), ("Fields", Texts("/properties"))]),
    entry("Notion", NOTION, &["PATCH"], &["/v1/blocks/*/children"], "Add to Notion page", &[("Page", Segment(0)), ("Text", Texts("/children"))]),
    entry("Notion", NOTION, &["DELETE"], &["/v1/blocks/*"], "Delete Notion block", &[("Block", Segment(0))]),
];

/// Code hosting.
pub(super) const CODE: &[Entry] = &[
    entry("GitHub", GITHUB, &["POST"], &["/repos/*/*/issues"], "Create GitHub issue", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Title", Json("/title")), ("Text", Json("/body")), ("Assignee", Json("/assignees")), ("Label", Json("/labels"))]),
    entry("GitHub", GITHUB, &["POST"], &["/repos/*/*/issues/*/comments"], "Comment on GitHub", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Number", Segment(2)), ("Text", Json("/body"))]),
    entry("GitHub", GITHUB, &["PATCH"], &["/repos/*/*/issues/*"], "Change GitHub issue", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Number", Segment(2))]),
    entry("GitHub", GITHUB, &["POST"], &["/repos/*/*/pulls"], "Create pull request", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Title", Json("/title")), ("From", Json("/head")), ("Into", Json("/base")), ("Text", Json("/body"))]),
    entry("GitHub", GITHUB, &["PUT"], &["/repos/*/*/pulls/*/merge"], "Merge pull request", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Number", Segment(2)), ("How", Json("/merge_method")), ("Title", Json("/commit_title"))]),
    entry("GitHub", GITHUB, &["POST"], &["/repos/*/*/releases"], "Create GitHub release", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Tag", Json("/tag_name")), ("Name", Json("/name")), ("Text", Json("/body")), ("Draft", Json("/draft"))]),
    entry("GitHub", GITHUB, &["DELETE"], &["/repos/*/*/releases/*"], "Delete GitHub release", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Release", Segment(2))]),
    entry("GitHub", GITHUB, &["DELETE"], &["/repos/*/*/git/refs/*"], "Delete branch or tag", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Reference", Segment(2))]),
    entry("GitHub", GITHUB, &["PUT"], &["/repos/*/*/contents/*"], "Write file on GitHub", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("File", Segment(2)), ("Message", Json("/message")), ("Branch", Json("/branch")), ("Size", Size)]),
    entry("GitHub", GITHUB, &["DELETE"], &["/repos/*/*/contents/*"], "Delete file on GitHub", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("File", Segment(2)), ("Message", Json("/message")), ("Branch", Json("/branch"))]),
    entry("GitHub", GITHUB, &["POST"], &["/repos/*/*/actions/workflows/*/dispatches"], "Run GitHub workflow", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Workflow", Segment(2)), ("On", Json("/ref"))]),
    entry("GitHub", GITHUB, &["DELETE"], &["/repos/*/*"], "Delete GitHub repository", &[("Owner", Segment(0)), ("Repository", Segment(1))]),
    entry("GitHub", &["github.com"], &["POST"], &["/*/*/git-receive-pack"], "Push to repository", &[("Owner", Segment(0)), ("Repository", Segment(1)), ("Size", Size)]),
    entry("GitHub", GITHUB, &["POST"], &["/graphql"], "", &[]),
];

const CHARGE: &[(&str, Source)] = &[
    ("Amount", Money("amount", "currency")),
    ("Customer", Form("customer")),
    ("Destination", Form("destination")),
    ("Description", Form("description")),
    ("Receipt to", Form("receipt_email")),
    ("Payment", Any(&[Form("payment_intent"), Form("charge"), Form("payment_method")])),
    ("Reason", Form("reason")),
];

/// Payments.
pub(super) const MONEY: &[Entry] = &[
    entry("Stripe", STRIPE, &["POST"], &["/v1/charges"], "Charge money", CHARGE),
    entry("Stripe", STRIPE, &["POST"], &["/v1/payment_intents"], "Create payment", CHARGE),
    entry("Stripe", STRIPE, &["POST"], &["/v1/payment_intents/*/confirm"], "Confirm payment", &[("Payment", Segment(0))]),
    entry("Stripe", STRIPE, &["POST"], &["/v1/payment_intents/*/capture"], "Capture payment", &[("Payment", Segment(0)), ("Amount in minor units", Form("amount_to_capture"))]),
    entry("Stripe", STRIPE, &["POST"], &["/v1/refunds"], "Refund money", &[("Payment", Any(&[Form("payment_intent"), Form("charge")])), ("Amount in minor units", Form("amount")), ("Reason", Form("reason"))]),
    entry("Stripe", STRIPE, &["POST"], &["/v1/payouts"], "Pay out money", CHARGE),
    entry("Stripe", STRIPE, &["POST"], &["/v1/transfers"], "Transfer money", CHARGE),
    entry("Stripe", STRIPE, &["DELETE"], &["/v1/customers/*"], "Delete customer", &[("Customer", Segment(0))]),
    entry("Stripe", STRIPE, &["DELETE"], &["/v1/subscriptions/*"], "Cancel subscription", &[("Subscription", Segment(0))]),
    entry("PayPal", PAYPAL, &["POST"], &["/v2/checkout/orders"], "Create PayPal order", &[("Amount", Pair("/purchase_units/0/amount/value", "/purchase_units/0/amount/currency_code")), ("Amount of each", Each("/purchase_units", "/amount/value")), ("Payee", Each("/purchase_units", "/payee/email_address")), ("Intent", Json("/intent"))]),
    entry("PayPal", PAYPAL, &["POST"], &["/v2/checkout/orders/*/capture"], "Capture PayPal order", &[("Order", Segment(0))]),
    entry("PayPal", PAYPAL, &["POST"], &["/v1/payments/payouts"], "Pay out money", &[("Receiver", Each("/items", "/receiver")), ("Amount", Each("/items", "/amount/value")), ("Currency", Each("/items", "/amount/currency")), ("Subject", Json("/sender_batch_header/email_subject"))]),
    entry("PayPal", PAYPAL, &["POST"], &["/v2/payments/captures/*/refund"], "Refund money", &[("Payment", Segment(0)), ("Amount", Pair("/amount/value", "/amount/currency_code")), ("Note", Json("/note_to_payer"))]),
];

/// Object storage.
pub(super) const STORAGE: &[Entry] = &[
    entry("S3", S3, &["POST"], &["/*?delete", "/?delete"], "Delete S3 objects", &[("Bucket", Segment(0)), ("Key", Tags("Key"))]),
    entry("S3", S3, &["DELETE"], &["/*"], "Delete from S3", &[("Key", Segment(0)), ("Version", Query("versionId"))]),
    entry("S3", S3, &["DELETE"], &["/"], "Delete S3 bucket", &[]),
    entry("S3", S3, &["PUT"], &["/*"], "Write to S3", &[("Key", Segment(0)), ("Size", Size)]),
];
