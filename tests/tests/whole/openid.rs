//! Signing in to the console at an OpenID Connect provider: a certified one, the real hub, and all that can go wrong
//! between them.

use serde_json::Value;
use tests::black_box::{HubProgram, PASSWORD, fieldbook, fieldbook_json};
use tests::openid::{Browser, CLIENT, Page, Provider};

/// Somebody the hub knows.
const KNOWN: &str = "P1";

/// Settings of a hub with this provider, by the claim that holds the account's name.
fn settings(provider: &Provider, claim: &str) -> String {
    format!(
        "[gate]\nworkers = 1\n[sign_in.openid]\nissuer = \"{}\"\nclient_id = \"{}\"\nclaim = \"{claim}\"\n",
        provider.issuer, CLIENT.0
    )
}

/// A hub that knows [`KNOWN`], and somebody whose account is closed.
fn hub(provider: &Provider) -> HubProgram {
    let mut hub = HubProgram::start(&[KNOWN], &settings(provider, "preferred_username"));
    std::fs::write(hub.data().join("secrets/openid"), format!("{}\n", CLIENT.1))
        .expect("the file is written");
    hub.add_rep("closed", KNOWN);
    assert!(fieldbook(&hub.data(), &["user", "disable", "closed"]).status.success());
    hub.kill();
    hub.serve();
    hub
}

/// Where the hub leads a browser that begins.
fn begin(browser: &mut Browser, hub: &HubProgram) -> String {
    let url = format!("{}/auth/v1/openid/start?to=/today%3Funit=B1&device_name=Firefox", hub.url());
    let page = browser.get(&url);
    assert_eq!(page.status, 302, "{page:?}");
    page.location
}

/// The code of the page that says why not.
fn failure(hub: &HubProgram, page: &Page) -> String {
    let start = format!("{}/sign-in-failed?code=", hub.url());
    assert_eq!(page.status, 303, "{page:?}");
    page.location.strip_prefix(&start).unwrap_or_else(|| panic!("{page:?}")).to_owned()
}

/// Who a browser is signed in as.
fn who(browser: &mut Browser, hub: &HubProgram) -> Option<String> {
    let page = browser.post_json(&format!("{}/auth/v1/browser/refresh", hub.url()), "");
    let told: Value = serde_json::from_str(&page.body).expect("an answer in JSON");
    told["user"].as_str().map(str::to_owned)
}

#[test]
fn a_person_the_hub_knows_is_signed_in_by_either_hub() {
    let Some(provider) = Provider::start() else { return };
    let hub = hub(&provider);
    let mut browser = Browser::default();
    assert_eq!(who(&mut browser, &hub), None);
    let there = begin(&mut browser, &hub);
    assert!(there.contains("code_challenge_method=S256") && there.contains("nonce="), "{there}");
    let back = browser.sign_in_as(&there, KNOWN);
    let page = browser.get(&back);
    assert_eq!((page.status, page.location), (303, format!("{}/today?unit=B1", hub.url())));
    assert_eq!(who(&mut browser, &hub).as_deref(), Some(KNOWN));
    let devices = fieldbook_json(&hub.data(), &["device", "list"]);
    assert!(devices.to_string().contains("\"name\":\"Firefox\""), "{devices}");
    // What was begun at one hub may end at another that has the same secrets; this one finds the name in the ID token.
    let other = hub.beside_with(&settings(&provider, "sub"));
    let mut browser = Browser::default();
    let there = begin(&mut browser, &hub);
    let back = browser.sign_in_as(&there, KNOWN);
    let moved = browser.moved(&hub.address(), &other.address());
    let (mut browser, back) = (moved, back.replace(&hub.address(), &other.address()));
    assert_eq!(browser.get(&back).location, format!("{}/today?unit=B1", other.url()));
    assert_eq!(who(&mut browser, &other).as_deref(), Some(KNOWN));
}

#[test]
fn whom_the_hub_does_not_know_stays_outside() {
    let Some(provider) = Provider::start() else { return };
    let hub = hub(&provider);
    for (name, code) in [("nobody", "OPENID-NO-ACCOUNT"), ("closed", "OPENID-ACCOUNT-CLOSED")] {
        let mut browser = Browser::default();
        let there = begin(&mut browser, &hub);
        let back = browser.sign_in_as(&there, name);
        assert_eq!(failure(&hub, &browser.get(&back)), code);
        assert_eq!(who(&mut browser, &hub), None, "{name}");
    }
    let by_mail = hub.beside_with(&settings(&provider, "email"));
    let mut browser = Browser::default();
    let there = begin(&mut browser, &by_mail);
    let back = browser.sign_in_as(&there, "unverified");
    assert_eq!(failure(&by_mail, &browser.get(&back)), "OPENID-NO-NAME", "anybody can write an address");
    let mut browser = Browser::default();
    let there = begin(&mut browser, &by_mail);
    let back = browser.sign_in_as(&there, KNOWN);
    assert_eq!(
        failure(&by_mail, &browser.get(&back)),
        "OPENID-NO-ACCOUNT",
        "an address is no account's name"
    );
}

#[test]
fn a_way_back_is_good_once_and_for_who_went() {
    let Some(provider) = Provider::start() else { return };
    let hub = hub(&provider);
    let mut browser = Browser::default();
    let there = begin(&mut browser, &hub);
    let back = browser.sign_in_as(&there, KNOWN);
    let mut thief = Browser::default();
    assert_eq!(failure(&hub, &thief.get(&back)), "OPENID-STATE", "another browser has not begun it");
    let mut copied = browser.clone();
    let other_state = back.replace("state=", "state=x");
    assert_eq!(failure(&hub, &browser.clone().get(&other_state)), "OPENID-STATE");
    assert!(browser.get(&back).location.ends_with("/today?unit=B1"));
    assert!(!browser.holds(&hub.url(), "fieldbook_openid"), "it is used up");
    assert_eq!(failure(&hub, &browser.get(&back)), "OPENID-STATE", "nothing is begun any more");
    assert_eq!(failure(&hub, &copied.get(&back)), "OPENID-REFUSED", "the provider knows that code");
    assert_eq!(who(&mut copied, &hub), None);
}

#[test]
fn what_was_changed_on_the_way_does_not_hold() {
    let Some(provider) = Provider::start() else { return };
    let hub = hub(&provider);
    let ends = |change: &dyn Fn(&str) -> String| {
        let mut browser = Browser::default();
        let there = begin(&mut browser, &hub);
        let back = browser.sign_in_as(&change(&there), KNOWN);
        let code = failure(&hub, &browser.get(&back));
        assert_eq!(who(&mut browser, &hub), None);
        code
    };
    assert_eq!(ends(&|url| url.replace("nonce=", "nonce=x")), "OPENID-TOKEN");
    assert_eq!(
        ends(&|url| {
            let (before, rest) = url.split_once("code_challenge=").unwrap();
            let (challenge, rest) = rest.split_at(43);
            let turned: String = challenge.chars().rev().collect();
            format!("{before}code_challenge={turned}{rest}")
        }),
        "OPENID-REFUSED",
        "the code is for who holds another secret"
    );
    // Who says no at the provider comes back without a code.
    let mut browser = Browser::default();
    let there = begin(&mut browser, &hub);
    let page = browser.get(&there);
    let asked = browser.get(&page.location);
    let aborted = browser.get(&asked.between("href=\"", "\"").replace("&amp;", "&"));
    let back = browser.get(&aborted.location).location;
    assert!(back.contains("error=access_denied"), "{back}");
    assert_eq!(failure(&hub, &browser.get(&back)), "OPENID-REFUSED");
}

#[test]
fn paths_of_other_hosts_are_refused() {
    let Some(provider) = Provider::start() else { return };
    let hub = hub(&provider);
    for to in ["//evil.example", "/%5Cevil.example", "https://evil.example", "evil", "/%09/evil.example"] {
        let page = Browser::default().get(&format!("{}/auth/v1/openid/start?to={to}", hub.url()));
        assert!(
            page.status == 400 && page.location.is_empty() && page.body.contains("API-QUESTION"),
            "{to}: {page:?}"
        );
    }
}

#[test]
fn a_provider_that_is_gone_keeps_nobody_from_passwords() {
    let Some(mut provider) = Provider::start() else { return };
    let mut hub = hub(&provider);
    let mut browser = Browser::default();
    let there = begin(&mut browser, &hub);
    let back = browser.sign_in_as(&there, KNOWN);
    provider.end();
    assert_eq!(failure(&hub, &browser.get(&back)), "OPENID-AWAY");
    hub.kill();
    hub.serve();
    let start = format!("{}/auth/v1/openid/start", hub.url());
    assert_eq!(failure(&hub, &browser.get(&start)), "OPENID-AWAY");
    assert!(hub.log().contains("people sign in with passwords meanwhile"), "{}", hub.log());
    let body = format!("{{\"user\":\"{KNOWN}\",\"password\":\"{PASSWORD}\",\"device_name\":\"x\"}}");
    let page = browser.post_json(&format!("{}/auth/v1/browser/sign-in", hub.url()), &body);
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(who(&mut browser, &hub).as_deref(), Some(KNOWN));
}
