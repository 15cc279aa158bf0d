//! Tests of summaries: a real request of each service, and what an agent might try.

use proptest::prelude::*;

use super::*;

pub(super) fn brief(method: &str, url: &str, content_type: &str, body: &str) -> (String, Vec<String>) {
    let (_, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let path = format!("/{path}");
    let (path, query) =
        path.split_once('?').map_or((path.as_str(), None), |(path, query)| (path, Some(query)));
    let summary = summarise(&Asked {
        method,
        host,
        path,
        query,
        content_type: (!content_type.is_empty()).then_some(content_type),
        body: Some(body.as_bytes()),
        is_cut: false,
        length: body.len() as u64,
    });
    let details = summary.details.into_iter().map(|detail| format!("{}: {}", detail.label, detail.value));
    (summary.action, details.collect())
}

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn base64url(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
}

const LETTER: &str = concat!(
    "From: me@a.test\r\nTo: Ann <ann@b.test>, bob@b.test\r\nCc: carl@b.test\r\nTo: hidden@evil.test\r\n",
    "Subject: =?utf-8?B?UsOpc3Vtw6k=?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n",
    "--x\r\nContent-Type: text/plain\r\n\r\nHello\r\n  there\r\n",
    "--x\r\nContent-Type: application/pdf; name=\"plan.pdf\"\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--x--\r\n"
);

#[test]
fn mail_is_decoded() {
    let expected = [
        "From: me@a.test",
        "To: Ann <ann@b.test>",
        "To: bob@b.test",
        "To: hidden@evil.test",
        "Cc: carl@b.test",
        "Subject: Résumé",
        "Attachment: plan.pdf (application/pdf, 3 bytes)",
        "Text: Hello there",
    ];
    let body = format!(r#"{{"raw":"{}"}}"#, base64url(LETTER));
    let url = "https://gmail.googleapis.com/gmail/v1/users/me/messages/send";
    let (action, details) = brief("POST", url, JSON, &body);
    assert_eq!((action.as_str(), details), ("Send email", expected.map(String::from).to_vec()));
    let url = "https://www.googleapis.com/upload/gmail/v1/users/me/messages/send?uploadType=media";
    let (action, details) = brief("POST", url, "message/rfc822", LETTER);
    assert_eq!((action.as_str(), details.len()), ("Send email", 9));
    assert_eq!(details[8], "uploadType: media");
    let url = "https://gmail.googleapis.com/gmail/v1/users/me/drafts";
    let body = format!(r#"{{"message":{{"raw":"{}"}}}}"#, base64url(LETTER));
    let (action, details) = brief("POST", url, JSON, &body);
    assert!(action == "Save email draft" && details.contains(&"Subject: Résumé".to_owned()));
}

#[test]
fn each_service_is_told_in_words() {
    for (method, url, content_type, body, action, details) in [
        (
            "POST",
            "https://graph.microsoft.com/v1.0/me/sendMail",
            JSON,
            r#"{"message":{"subject":"Hi","toRecipients":[{"emailAddress":{"address":"a@b.test"}}],"body":{"content":"x"},"attachments":[{"name":"f.txt"}]}}"#,
            "Send email",
            &["To: a@b.test", "Subject: Hi", "Attachment: f.txt", "Text: x"][..],
        ),
        (
            "POST",
            "https://www.googleapis.com/calendar/v3/calendars/primary/events?sendUpdates=all",
            JSON,
            r#"{"summary":"Lunch","start":{"dateTime":"2026-01-01T12:00:00Z"},"attendees":[{"email":"a@b.test"},{"email":"c@d.test"}]}"#,
            "Create calendar event",
            &[
                "Title: Lunch",
                "Starts: 2026-01-01T12:00:00Z",
                "Attendee: a@b.test",
                "Attendee: c@d.test",
                "Calendar: primary",
                "Invitations: all",
            ],
        ),
        (
            "POST",
            "https://slack.com/api/chat.postMessage",
            FORM,
            "channel=C1&text=hello+all",
            "Post Slack message",
            &["Channel: C1", "Text: hello all"],
        ),
        (
            "POST",
            "https://slack.com/api/chat.postMessage",
            JSON,
            r##"{"channel":"#general","text":"hi","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"more"}}]}"##,
            "Post Slack message",
            &[
                "Channel: #general",
                "Text: hi",
                "Blocks: more",
                "blocks[0].type: section",
                "blocks[0].text.type: mrkdwn",
            ],
        ),
        (
            "POST",
            "https://api.github.com/repos/o/r/issues",
            JSON,
            r#"{"title":"Bug","labels":["a","b"]}"#,
            "Create GitHub issue",
            &["Owner: o", "Repository: r", "Title: Bug", "Label: a", "Label: b"],
        ),
        (
            "PUT",
            "https://api.github.com/repos/o/r/pulls/5/merge",
            JSON,
            r#"{"merge_method":"squash"}"#,
            "Merge pull request",
            &["Owner: o", "Repository: r", "Number: 5", "How: squash"],
        ),
        (
            "DELETE",
            "https://api.github.com/repos/o/r",
            "",
            "",
            "Delete GitHub repository",
            &["Owner: o", "Repository: r"],
        ),
        (
            "PUT",
            "https://api.github.com/repos/o/r/contents/src/a%20b.rs",
            JSON,
            r#"{"message":"m","content":"QUFB"}"#,
            "Write file on GitHub",
            &[
                "Owner: o",
                "Repository: r",
                "File: src/a b.rs",
                "Message: m",
                "Size: 32 bytes",
                "content: QUFB",
            ],
        ),
        (
            "POST",
            "https://github.com/o/r.git/git-receive-pack",
            "application/x-git-receive-pack-request",
            "0000",
            "Push to repository",
            &["Owner: o", "Repository: r.git", "Size: 4 bytes"],
        ),
        (
            "POST",
            "https://api.stripe.com/v1/charges",
            FORM,
            "amount=1050&currency=usd&customer=cus_1&card[number]=4242",
            "Charge money",
            &["Amount: 10.50 USD", "Customer: cus_1", "card[number]: 4242"],
        ),
        (
            "POST",
            "https://api.stripe.com/v1/refunds",
            FORM,
            "charge=ch_1",
            "Refund money",
            &["Payment: ch_1"],
        ),
        (
            "POST",
            "https://api-m.paypal.com/v2/checkout/orders",
            JSON,
            r#"{"intent":"CAPTURE","purchase_units":[{"amount":{"currency_code":"EUR","value":"9.99"},"payee":{"email_address":"p@q.test"}}]}"#,
            "Create PayPal order",
            &["Amount: 9.99 EUR", "Amount of each: 9.99", "Payee: p@q.test", "Intent: CAPTURE"],
        ),
        (
            "POST",
            "https://api.linear.app/graphql",
            JSON,
            r#"{"query":"mutation C($i: I!) { issueCreate(input: $i) { success } }","variables":{"i":{"title":"Bug"}}}"#,
            "Linear: mutation issueCreate",
            &["query: mutation C($i: I!) { issueCreate(input: $i) { success } }", "variables.i.title: Bug"],
        ),
        (
            "POST",
            "https://team.atlassian.net/rest/api/3/issue",
            JSON,
            r#"{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Bug"},"summary":"Broken","description":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"It is"}]}]}}}"#,
            "Create Jira issue",
            &[
                "Project: OPS",
                "Type: Bug",
                "Title: Broken",
                "Text: It is",
                "fields.description.type: doc",
                "fields.description.content[0].type: paragraph",
                "fields.description.content[0].content[0].type: text",
            ],
        ),
        (
            "PATCH",
            "https://api.notion.com/v1/pages/p1",
            JSON,
            r#"{"archived":true}"#,
            "Change Notion page",
            &["Page: p1", "Archived: true"],
        ),
        (
            "DELETE",
            "https://bucket.s3.eu-west-1.amazonaws.com/a/b.txt",
            "",
            "",
            "Delete from S3",
            &["Key: a/b.txt"],
        ),
        (
            "PUT",
            "https://s3.amazonaws.com/bucket/a/b.txt",
            "text/plain",
            "hello",
            "Write to S3",
            &["Key: bucket/a/b.txt", "Size: 5 bytes"],
        ),
        (
            "POST",
            "https://bucket.s3.amazonaws.com/?delete",
            "application/xml",
            "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>",
            "Delete S3 objects",
            &[
                "Key: a",
                "Key: b",
                "delete: (empty)",
                "Body: <Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>",
            ],
        ),
    ] {
        let (told, shown) = brief(method, url, content_type, body);
        assert_eq!(
            (told.as_str(), shown),
            (action, details.iter().map(|text| (*text).to_owned()).collect()),
            "{url}"
        );
    }
}

#[test]
fn what_is_unknown_is_shown_field_by_field_with_secrets_masked() {
    let body = r#"{"to":"x","auth":{"password":"hunter2","n":1},"items":[{"sku":"a"},{"sku":"b"}],"note":"sk-0123456789abcdef0123"}"#;
    let (action, details) = brief("POST", "https://api.test/v1/things?page=2&token=abc", JSON, body);
    assert_eq!(action, "POST api.test/v1/things");
    assert_eq!(
        details,
        [
            "page: 2",
            "token: ••••",
            "to: x",
            "auth.password: ••••",
            "auth.n: ••••",
            "items[0].sku: a",
            "items[1].sku: b",
            "note: ••••"
        ]
    );
    let (_, details) = brief(
        "POST",
        "https://api.test/pay",
        FORM,
        "card[number]=4242+4242+4242+4242&card[cvc]=123&amount=5",
    );
    assert_eq!(details, ["card[number]: •••• 4242", "card[cvc]: ••••", "amount: 5"]);
    let (_, details) = brief("POST", "https://api.test/x", "image/png", "\u{1}\u{2}");
    assert_eq!(details, ["Body: image/png, 2 bytes"]);
    let (action, _) = brief("POST", "https://api.test/graphql", JSON, r#"{"query":"{ viewer { id } }"}"#);
    assert_eq!(action, "GraphQL query viewer at api.test");
}

#[test]
fn an_agent_can_t_disguise_what_it_does() {
    let (_, details) = brief("POST", "https://api.test/x", JSON, r#"{"a":1,"a":2}"#);
    assert!(details[0].starts_with("Warning: "), "{details:?}");
    let (_, details) = brief("POST", "https://api.test/x", JSON, "{\"a\":\"x\u{202e}y\\u0007\\nz\"}");
    assert_eq!(details, ["a: x\u{fffd}y\u{fffd} z"]);
    let encoded = "QUJD".repeat(100);
    let (_, details) = brief("POST", "https://api.test/x", JSON, &format!(r#"{{"a":"{encoded}"}}"#));
    assert_eq!(details, ["a: (encoded data, 400 bytes)"]);
    let many: Vec<String> = (0..170).map(|at| format!("\"k{at}\":{at}")).collect();
    let (_, details) = brief("POST", "https://api.test/x", JSON, &format!("{{{}}}", many.join(",")));
    assert_eq!((details.len(), details[100].as_str()), (101, "…: 70 more fields"));
    let (_, details) =
        brief("POST", "https://api.test/x", JSON, &format!(r#"{{"a":"{}"}}"#, "é ".repeat(1000)));
    assert!(details[0].ends_with("é… (1999 characters)"), "{}", details[0]);
    assert_eq!(details[0].chars().count(), "a: … (1999 characters)".chars().count() + 999);
    // Many of one kind don't crowd out the others.
    let items: Vec<String> = (0..60).map(|at| format!(r#"{{"to":"a{at}@b.test"}}"#)).collect();
    let body = format!(r#"{{"items":[{}],"last":"x"}}"#, items.join(","));
    let (_, details) = brief("POST", "https://api.test/x", JSON, &body);
    assert_eq!(details[24..], ["items[24].to: a24@b.test", "items: … and 35 more items", "last: x"]);
    let raw = r#"{"raw":"!!!"}"#;
    let (_, details) =
        brief("POST", "https://gmail.googleapis.com/gmail/v1/users/me/messages/send", JSON, raw);
    assert!(details.iter().all(|detail| !detail.contains("!!!")), "{details:?}");
}

proptest! {
    #[test]
    fn no_request_harms(
        host in "(api.github.com|gmail.googleapis.com|api.stripe.com|slack.com|b.s3.amazonaws.com|[a-z.]{1,9})",
        path in "(/repos/o/r/issues|/gmail/v1/users/me/messages/send|/v1/charges|/api/chat.postMessage|/[a-z%/]{0,20})",
        method in "(GET|POST|PUT|DELETE)",
        content_type in "(application/json|application/x-www-form-urlencoded|multipart/form-data; boundary=x|message/rfc822|[a-z/;=]{0,12})",
        body in prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), "[{}\\[\\]\":,a-z0-9=&%+\\\\\r\n-]{0,200}".prop_map(String::into_bytes)],
    ) {
        let summary = summarise(&Asked {
            method: &method, host: &host, path: &path, query: Some("a=b&%ff"), content_type: Some(&content_type), body: Some(&body),
            is_cut: false, length: body.len() as u64,
        });
        prop_assert!(summary.details.len() <= 160);
        for detail in &summary.details {
            prop_assert!(detail.value.chars().count() <= 1_030 && !detail.value.chars().any(char::is_control));
        }
    }
}
