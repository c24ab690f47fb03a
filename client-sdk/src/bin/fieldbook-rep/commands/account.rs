//! Signing in and out, exchanging with the hub, and where the device stands.

use client_sdk::store::Store;
use client_sdk::transport::Transport;
use client_sdk::{ClientError, SignedIn, SyncReport};
use serde_json::json;

use super::{Answer, Session};
use crate::cli::Login;
use crate::error::{Exit, Failure};
use crate::{print, secrets};

impl<S: Store, T: Transport> Session<S, T> {
    /// Signs in and brings the books. Being signed in is what was asked for: when the first exchange
    /// cannot be made now, that is a note and no failure.
    pub(super) async fn login(&mut self, login: &Login) -> Result<Answer, Failure> {
        let signed_in = self.come_in(login).await?;
        let exchanged = match self.client.sync(self.clock).await {
            Ok(_) => None,
            Err(error @ ClientError::Transport(_)) => Some(Failure::from(error)),
            Err(error) => return Err(error.into()),
        };
        let status = self.client.status().await?;
        let text = format!(
            "Signed in as {}, unit {}. Records on this device: {}\n",
            signed_in.user, signed_in.unit, status.documents
        );
        let json = json!({
            "user": signed_in.user,
            "unit": signed_in.unit,
            "device": signed_in.device,
            "server": login.server,
            "synced": exchanged.is_none(),
            "books": status.books,
            "documents": status.documents,
        });
        let mut answer = Answer::new(json, text);
        let first = |failure: Failure| {
            format!("signed in, but the first exchange was not made: {} ({})", failure.message, failure.code)
        };
        answer.notes.extend(exchanged.map(first));
        answer.notes.extend(travels_in_clear(&login.server));
        Ok(answer)
    }

    /// Signs in with the code, or with name and password.
    async fn come_in(&mut self, login: &Login) -> Result<SignedIn, Failure> {
        let Login { server, user, code, password_stdin, device } = login;
        let signed_in = match (code, user) {
            (Some(code), _) => {
                let now = self.now();
                self.client.pair(server, code, device, now).await
            }
            (None, Some(user)) => {
                self.check_person(user)?;
                let password = secrets::password(user, *password_stdin)?;
                let now = self.now();
                self.client.sign_in(server, user, &password, device, now).await
            }
            (None, None) => return Err(Failure::usage("give --user NAME or --code CODE")),
        };
        signed_in.map_err(Failure::of_sign_in)
    }

    /// A folder is one person's: somebody else's unsent edits would go out under the new name.
    fn check_person(&self, user: &str) -> Result<(), Failure> {
        let Ok(engine) = self.client.engine() else { return Ok(()) };
        let owner = &engine.device().user;
        if owner.to_lowercase() == user.to_lowercase() {
            return Ok(());
        }
        let message = format!(
            "the records in this folder are those of {owner}; nothing was changed; \
             sign in as {owner}, or use a folder of your own: --home DIR"
        );
        Err(Failure::new(Exit::No, "OTHER-PERSON", message))
    }

    pub(super) async fn logout(&mut self, keep_unsent: bool) -> Result<Answer, Failure> {
        let unsent = self.unsent();
        let json = json!({ "signed_out": true, "unsent": unsent });
        if !self.client.status().await?.signed_in {
            return Ok(Answer::new(json, "Signed out already; your records are on this device\n"));
        }
        if unsent > 0 && !keep_unsent {
            let message = format!(
                "edits not sent yet: {unsent}; nothing was changed; run `fieldbook-rep sync` first, \
                 or sign out and keep them here for the next sign-in: fieldbook-rep logout --keep-unsent"
            );
            return Err(Failure::new(Exit::No, "UNSENT", message));
        }
        self.client.sign_out().await?;
        let mut text = "Signed out. Your records stay on this device".to_owned();
        if unsent > 0 {
            text.push_str(&format!("; edits that go out after the next sign-in: {unsent}"));
        }
        Ok(Answer::new(json, text + "\n"))
    }

    pub(super) async fn sync(&mut self) -> Result<Answer, Failure> {
        let done = self.client.sync(self.clock).await;
        let SyncReport { report, exchanges, bytes_up, bytes_down } =
            done.map_err(|error| self.not_synced(error))?;
        let status = self.client.status().await?;
        let json = json!({
            "sent": report.sent,
            "received": report.received,
            "refused": report.refused,
            "renewed": report.renewed,
            "stale": report.stale,
            "forked": report.forked,
            "given_back": report.given_back,
            "repaired": report.repaired,
            "days_noted": report.days_noted,
            "days_refused": report.days_refused,
            "exchanges": exchanges,
            "bytes_up": bytes_up,
            "bytes_down": bytes_down,
            "unsent": status.unsent,
            "tray": status.tray,
            "clashes": status.clashes,
        });
        let mut text = match (report.sent, report.received) {
            (0, 0) => "Up to date; nothing was waiting on either side\n".to_owned(),
            (sent, received) => format!("Up to date: sent {sent}, received {received}\n"),
        };
        if report.given_back > 0 {
            let count = report.given_back;
            text.push_str(&format!("The hub had lost edits it once had; given back: {count}\n"));
        }
        if report.days_noted > 0 {
            text.push_str(&format!("Days on record as complete: {}\n", report.days_noted));
        }
        if report.days_refused > 0 {
            let count = report.days_refused;
            text.push_str(&format!(
                "Days the hub did not take as complete, because they have not begun by its clock, are long over, or \
                 you are no rep: {count}\n"
            ));
        }
        let to_look_at = [
            (status.unsent, "Edits the hub did not take this time, kept here", "sync"),
            (status.tray as u64, "Items in the tray that need you", "tray"),
            (status.clashes as u64, "Records with a clash", "clashes"),
        ];
        for (count, what, command) in to_look_at.into_iter().filter(|(count, ..)| *count > 0) {
            text.push_str(&format!("{what}: {count} (fieldbook-rep {command})\n"));
        }
        Ok(Answer::new(json, text))
    }

    pub(super) async fn status(&self) -> Result<Answer, Failure> {
        let status = self.client.status().await?;
        let text = print::status(&status, &self.zone);
        Ok(Answer::new(status, text))
    }

    /// A failed exchange, with what waits here because of it.
    fn not_synced(&self, error: ClientError) -> Failure {
        let mut failure = Failure::from(error);
        let unsent = self.unsent();
        if unsent > 0 {
            failure.message.push_str(&format!("; edits waiting here: {unsent}"));
        }
        failure
    }

    fn unsent(&self) -> u64 {
        self.client.engine().map_or(0, client_sdk::engine::Engine::unsent)
    }
}

/// A warning where the password and everything else would travel readable for others.
fn travels_in_clear(server: &str) -> Option<String> {
    let host = server.strip_prefix("http://")?;
    let own = ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| {
        host.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    (!own).then(|| {
        format!("{server} is not encrypted: others on the network can read what travels; use https://")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ones_own_machine_is_reached_in_clear_without_a_word() {
        for own in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://hub.example.com"]
        {
            assert_eq!(travels_in_clear(own), None, "{own}");
        }
        for other in
            ["http://hub.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com:80"]
        {
            assert!(travels_in_clear(other).is_some(), "{other}");
        }
    }
}
