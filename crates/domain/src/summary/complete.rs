//! Tests that nothing of a request is left out of its summary without a word.

use super::tests::{FORM, JSON, base64url, brief};
use super::*;

/// What a person must see of a request whose summary names other fields.
#[test]
fn every_field_that_no_summary_names_is_shown_too() {
    for (method, url, content_type, body, shown) in [
        (
            "POST",
            "https://api.stripe.com/v1/payment_intents?expand[]=customer",
            FORM,
            "amount=1050&currency=usd&transfer_data[destination]=acct_evil&application_fee_amount=5&on_behalf_of=acct_2&metadata[a]=b&confirm=",
            &[
                "Amount: 10.50 USD",
                "expand[]: customer",
                "transfer_data[destination]: acct_evil",
                "application_fee_amount: 5",
                "on_behalf_of: acct_2",
                "metadata[a]: b",
                "confirm: (empty)",
            ][..],
        ),
        (
            "POST",
            "https://slack.com/api/chat.postMessage",
            JSON,
            r##"{"channel":"#general","text":"hi","attachments":[{"fallback":"f","text":"wire 1000","image_url":"https://evil.test/x"}],"blocks":[{"type":"actions","elements":[{"type":"button","url":"https://evil.test/y"}]}],"thread_ts":"1.2","unfurl_links":true}"##,
            &[
                "attachments[0].text: wire 1000",
                "attachments[0].image_url: https://evil.test/x",
                "blocks[0].elements[0].url: https://evil.test/y",
                "thread_ts: 1.2",
                "unfurl_links: true",
            ],
        ),
        (
            "POST",
            "https://slack.com/api/chat.postMessage",
            FORM,
            "channel=C1&text=hi&attachments=%5B%7B%22text%22%3A%22wire+1000%22%7D%5D&username=CEO",
            &["attachments[0].text: wire 1000", "username: CEO"],
        ),
        (
            "POST",
            "https://slack.com/api/files.upload?pretty=1",
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"channels\"\r\n\r\nC1\r\n--x\r\nContent-Disposition: form-data; name=\"initial_comment\"\r\n\r\nread this\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"keys.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n",
            &[
                "Channel: C1",
                "pretty: 1",
                "initial_comment: read this",
                "file: keys.txt (application/octet-stream, 3 bytes)",
            ],
        ),
        (
            "POST",
            "https://www.googleapis.com/calendar/v3/calendars/primary/events",
            JSON,
            r#"{"summary":"Lunch","attendees":[{"email":"a@b.test","optional":true}],"conferenceData":{"createRequest":{"requestId":"r"}},"visibility":"public","attachments":[{"fileUrl":"https://evil.test/f"}],"recurrence":[]}"#,
            &[
                "Attendee: a@b.test",
                "attendees[0].optional: true",
                "conferenceData.createRequest.requestId: r",
                "visibility: public",
                "attachments[0].fileUrl: https://evil.test/f",
                "recurrence: []",
            ],
        ),
        (
            "POST",
            "https://graph.microsoft.com/v1.0/me/sendMail",
            JSON,
            r#"{"message":{"subject":"Hi","toRecipients":[{"emailAddress":{"name":"Ann","address":"a@b.test"}}],"replyTo":[{"emailAddress":{"address":"evil@c.test"}}],"attachments":[{"@odata.type":"microsoft.graph.fileAttachment","name":"f.txt","contentBytes":"QUFB"}],"importance":"high"},"saveToSentItems":false}"#,
            &[
                "To: a@b.test",
                "message.toRecipients[0].emailAddress.name: Ann",
                "message.replyTo[0].emailAddress.address: evil@c.test",
                "message.attachments[0].contentBytes: QUFB",
                "message.importance: high",
                "saveToSentItems: false",
            ],
        ),
        (
            "POST",
            "https://api.github.com/repos/o/r/pulls",
            JSON,
            r#"{"title":"t","head":"evil:main","base":"main","maintainer_can_modify":true,"head_repo":"evil/r","draft":null,"body":""}"#,
            &["From: evil:main", "maintainer_can_modify: true", "head_repo: evil/r", "body: (empty)"],
        ),
        (
            "DELETE",
            "https://api.github.com/repos/o/r/contents/a.txt?ref=x",
            JSON,
            r#"{"message":"m","sha":"abc","committer":{"name":"n","email":"e@x.test"}}"#,
            &["ref: x", "sha: abc", "committer.name: n", "committer.email: e@x.test"],
        ),
        (
            "POST",
            "https://api-m.paypal.com/v1/payments/payouts",
            JSON,
            r#"{"sender_batch_header":{"email_subject":"s","sender_batch_id":"b"},"items":[{"receiver":"a@b.test","amount":{"value":"9","currency":"EUR"},"note":"n","recipient_type":"EMAIL"}]}"#,
            &["Receiver: a@b.test", "sender_batch_header.sender_batch_id: b", "items[0].note: n"],
        ),
        (
            "PUT",
            "https://s3.amazonaws.com/bucket/a.txt?tagging=1",
            "text/plain",
            "hello",
            &["Key: bucket/a.txt", "tagging: 1"],
        ),
        (
            "PATCH",
            "https://api.notion.com/v1/pages/p1",
            JSON,
            r#"{"in_trash":true,"icon":{"emoji":"x"},"properties":{"Owner":{"people":[{"id":"u1"}]}}}"#,
            &["Archived: true", "icon.emoji: x", "properties.Owner.people[0].id: u1"],
        ),
    ] {
        let (_, details) = brief(method, url, content_type, body);
        for detail in shown {
            assert!(details.iter().any(|own| own == detail), "{url}: {detail}\n{details:#?}");
        }
    }
}

#[test]
fn deep_values_are_shown_as_json_and_hidden_ones_are_counted() {
    let deep = format!("{}{{\"password\":\"hunter2\",\"to\":\"eve\"}}{}", "{\"a\":".repeat(9), "}".repeat(9));
    let (_, details) = brief("POST", "https://api.test/x", JSON, &deep);
    assert_eq!(details, [r#"a.a.a.a.a.a.a.a: {"a":{"password":"••••","to":"eve"}}"#]);
    let keys = (0..60).map(|at| format!("<Key>k{at}</Key>")).collect::<Vec<_>>().concat();
    let url = "https://bucket.s3.amazonaws.com/?delete";
    let (_, details) = brief("POST", url, "application/xml", &format!("<Delete>{keys}</Delete>"));
    assert!(details.contains(&"Key: … and 35 more".to_owned()), "{details:?}");
}

#[test]
fn the_largest_bodies_are_summarised_at_once() {
    let list = format!("[{}1]", "1,".repeat(500_000));
    let objects = format!("[{}{{}}]", r#"{"a":{"b":1}},"#.repeat(60_000));
    let keys: Vec<String> = (0..60_000).map(|at| format!("\"k{at}\":1")).collect();
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let form = "a=1&".repeat(200_000);
    let started = std::time::Instant::now();
    for (content_type, body) in [
        (JSON, &list),
        (JSON, &objects),
        (JSON, &format!("{{{}}}", keys.join(","))),
        (JSON, &nested),
        (FORM, &form),
    ] {
        let (_, details) = brief("POST", "https://api.test/x", content_type, body);
        assert!(details.len() <= 160);
    }
    // Far from what a defect that is quadratic would take, also where nothing is optimised.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let list = format!("[{}1]", "1,".repeat(5_000));
    let (_, details) = brief("POST", "https://api.test/x", JSON, &list);
    assert_eq!(details.last().unwrap(), "Body: … and 4976 more items");
}

#[test]
fn all_of_a_mail_is_told() {
    let mail = concat!(
        "From: me@a.test\r\nSender: boss@a.test\r\nReply-To: evil@c.test\r\nTo: ann@b.test\r\nBcc: hidden@c.test\r\n",
        "Subject: Hi\r\nX-Priority: 1\r\nIn-Reply-To: <1@b.test>\r\nMIME-Version: 1.0\r\n",
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n",
        "--i\r\nContent-Type: text/plain\r\n\r\nall is well\r\n",
        "--i\r\nContent-Type: text/html\r\n\r\n<p>pay <a href=\"https://evil.test/pay\">here</a></p>\r\n--i--\r\n",
        "--o\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip\r\n\r\nPK..\r\n",
        "--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.test\r\nSubject: inner\r\n\r\nsecret plan\r\n--o--\r\n"
    );
    let expected = [
        "From: me@a.test",
        "Sender: boss@a.test",
        "Reply to: evil@c.test",
        "To: ann@b.test",
        "Bcc: hidden@c.test",
        "Subject: Hi",
        "Text: all is well",
        "HTML text: pay here",
        "Link: https://evil.test/pay",
        "Attachment: a.zip (application/zip, 4 bytes)",
        "Attached mail, Subject: inner",
        "Attached mail, Text: secret plan",
        "X-Priority: 1",
        "In-Reply-To: <1@b.test>",
    ];
    let body = format!(r#"{{"raw":"{}","threadId":"t1","labelIds":["SENT"]}}"#, base64url(mail));
    let url = "https://gmail.googleapis.com/gmail/v1/users/me/messages/send";
    let (_, details) = brief("POST", url, JSON, &body);
    for detail in expected.iter().chain(&["threadId: t1", "labelIds[0]: SENT"]) {
        assert!(details.iter().any(|own| own == detail), "{detail}\n{details:#?}");
    }
    // In parts: what Gmail's upload takes.
    let parts = format!(
        "--q\r\nContent-Type: application/json\r\n\r\n{{\"threadId\":\"t1\"}}\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--q--\r\n"
    );
    let url = "https://gmail.googleapis.com/upload/gmail/v1/users/me/messages/send?uploadType=multipart";
    let (_, details) = brief("POST", url, "multipart/related; boundary=q", &parts);
    for detail in expected.iter().chain(&["Part.threadId: t1"]) {
        assert!(details.iter().any(|own| own == detail), "{detail}\n{details:#?}");
    }
    let (_, details) = brief("POST", "https://graph.microsoft.com/v1.0/me/sendMail", "text/plain", &{
        use base64::Engine;
        base64::prelude::BASE64_STANDARD.encode(mail)
    });
    assert!(details.contains(&"Reply to: evil@c.test".to_owned()), "{details:#?}");
}

#[test]
fn what_could_not_be_read_is_said() {
    let asked = Asked {
        method: "POST",
        host: "api.stripe.com",
        path: "/v1/charges",
        query: None,
        content_type: Some(FORM),
        body: None,
        is_cut: false,
        length: 9,
    };
    let told = |asked: &Asked<'_>| summarise(asked).details[0].value.clone();
    assert!(told(&asked).contains("can't be decoded"));
    let cut = Asked { body: Some(b"amount=1"), is_cut: true, ..asked };
    assert!(told(&cut).contains("only the beginning"));
    let odd = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb";
    let asked = Asked { content_type: Some("multipart/form-data"), body: Some(odd.as_bytes()), ..asked };
    assert_eq!(summarise(&asked).details[0].label, "Warning");
}
