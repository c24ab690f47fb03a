//! `fieldbook demo`: serves until Ctrl-C while simulated reps sell, one line for every sale.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use document_model::{Date, Moment, civil_date};
use jiff::tz::TimeZone;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::company::{Rep, Sale, sale};
use super::field::Device;
use super::phone::{self, Phone};
use super::script::{Act, Buyer, DEVICES};
use super::stand::{DOORS, PASSWORD, Stand, VISITOR};
use super::voice::{pad, right, thousands};
use super::{DemoError, Options, REPS_AT_WORK, Voice, browser, names};
use crate::app::{asked_to_stop, listen};
use crate::organisation::Level;
use crate::storage::{FigureQuery, SplitBy, View};

/// Where the demo listens when nobody else does.
const USUAL_PORT: u16 = 8080;
/// Between two sales.
const PACE: Duration = Duration::from_secs(2);
/// Of a hundred sales, those to somebody new.
const NEW_CUSTOMERS_OF_A_HUNDRED: u32 = 25;
/// The stream of the seed that live sales are drawn from.
const STREAM: u64 = 2;
/// The stream of the seed that the two numbers of a clash are drawn from.
const STREAM_OF_CLASH: u64 = 3;

/// Serves and sells until it is asked to stop.
pub(super) async fn live(options: &Options, voice: &mut Voice) -> Result<(), DemoError> {
    let stop = asked_to_stop()?;
    let at = options.phone.map(|at| at.map_or_else(phone::own_address, Ok)).transpose()?;
    let stand = Stand::open(options, listener()?, voice).await?;
    let phones = CancellationToken::new();
    let phone = match at {
        Some(at) => Some(Phone::open(&stand.app, at, &phones).await?),
        None => None,
    };
    let lived = tokio::select! {
        lived = sell(&stand, options, phone.as_ref(), voice) => lived,
        () = stop => Ok(()),
    };
    voice.rest();
    phones.cancel();
    let closed = match phone {
        Some(phone) => phone.close().await,
        None => Ok(()),
    };
    let data = stand.close().await?;
    lived.and(closed)?;
    match data {
        Some(data) => voice.line(&format!("\n  Stopped. Kept: {}", data.display()))?,
        None => voice.line("\n  Stopped. The demo's data is deleted.")?,
    }
    Ok(())
}

/// The usual port, or any that is free.
fn listener() -> Result<TcpListener, DemoError> {
    let on = |port: u16| listen(&[([127, 0, 0, 1], port).into()]);
    Ok(on(USUAL_PORT).or_else(|_| on(0))?)
}

/// Sells, one policy after the other; ends with the first thing that goes wrong for good.
async fn sell(
    stand: &Stand,
    options: &Options,
    phone: Option<&Phone>,
    voice: &mut Voice,
) -> Result<(), DemoError> {
    let mut devices = sign_in(stand, voice).await?;
    if options.conflict {
        let (name, numbers) = make_clash(stand, options.seed, voice).await?;
        voice.line(&format!(
            "  two values        phone of {name}: {} and {}; choose one as the sales rep",
            numbers[0], numbers[1]
        ))?;
    }
    how_to_look(stand, phone, voice)?;
    if options.open
        && let Some(words) = browser::open(format!("{}/as/{}", stand.server, DOORS[0])).await
    {
        voice.line(&words)?;
    }
    let zone = stand.app.config.time_zone()?;
    let mut dice = ChaCha8Rng::seed_from_u64(options.seed);
    dice.set_stream(STREAM);
    let mut due = interval(PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        let number = dice.random_range(0..devices.len());
        let device = &mut devices[number];
        let rep = &stand.company.reps[device.rep];
        let now = stand.app.clock.now();
        let today = civil_date(now, &zone);
        let sold = sale(&mut dice);
        let to = buyer(device, rep, &mut dice).await?;
        device.sell(to, &sold, today).await?;
        match device.sync().await {
            Ok(_) => voice.line(&arrived(stand, rep, &sold, today, clock_face(now, &zone)).await?)?,
            // It stays on the device and goes out with its next sale: what the product is for.
            Err(DemoError::Device(why)) => voice.line(&format!("  a sale waits on its device: {why}"))?,
            Err(error) => return Err(error),
        }
    }
}

async fn sign_in(stand: &Stand, voice: &mut Voice) -> Result<Vec<Device>, DemoError> {
    let since = Instant::now();
    voice.busy("signing in");
    let reps = stand.company.reps.len().min(REPS_AT_WORK);
    let mut devices = Vec::new();
    for rep in 0..reps {
        for number in 0..DEVICES {
            devices.push(Device::sign_in(stand, rep, number).await?.0);
        }
    }
    let what = format!("{reps} reps on {DEVICES} devices each, one sale every {} s", PACE.as_secs());
    voice.part("simulated reps", since, what)?;
    Ok(devices)
}

/// Two devices of the visitor's rep change the number of one customer, and have not heard of each other. The customer's
/// name and the two numbers.
async fn make_clash(
    stand: &Stand,
    seed: u64,
    voice: &Voice,
) -> Result<(String, [String; DEVICES]), DemoError> {
    voice.busy("two devices change one number");
    let customer = &stand.company.reps[stand.visitor].customers[0];
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    dice.set_stream(STREAM_OF_CLASH);
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        let (mut device, _) = Device::sign_in_as(stand, stand.visitor, VISITOR, number).await?;
        let phone = names::phone(&mut dice);
        device.act(&Act::Correct { customer: customer.id, phone: phone.clone() }).await?;
        devices.push((device, phone));
    }
    for (device, _) in &mut devices {
        device.sync().await?;
    }
    let numbers = devices.into_iter().map(|(_, number)| number).collect::<Vec<_>>();
    Ok((customer.name.clone(), numbers.try_into().expect("a number of each device")))
}

/// Somebody of the book, or somebody new.
async fn buyer(device: &mut Device, rep: &Rep, dice: &mut ChaCha8Rng) -> Result<Buyer, DemoError> {
    if dice.random_ratio(NEW_CUSTOMERS_OF_A_HUNDRED, 100) {
        return device.meet(dice).await;
    }
    Ok(Buyer::Known(rep.customers[dice.random_range(0..rep.customers.len())].id))
}

fn how_to_look(stand: &Stand, phone: Option<&Phone>, voice: &mut Voice) -> std::io::Result<()> {
    let (server, data) = (&stand.server, stand.data());
    let data = data.display();
    voice.line("")?;
    for (what, door) in ["HQ dashboard", "Branch manager", "Sales rep", "Admin"].into_iter().zip(DOORS) {
        voice.line(&format!("  {}{server}/as/{door}", pad(what, 18)))?;
    }
    voice.line(&format!("  API               {server}/api/docs"))?;
    voice.line(&format!("  hub               {server}"))?;
    voice.line(&format!(
        "  figures           fieldbook --data {data} figures --from today --to today --level region"
    ))?;
    voice.line(&format!(
        "  be a rep          fieldbook-rep --home demo-rep login --server {server} --user kim"
    ))?;
    let names: Vec<_> = stand.accounts.iter().map(|(name, what)| format!("{name} ({what})")).collect();
    voice.line(&format!("  accounts          {}", names.join(", ")))?;
    voice.line(&format!("  password          {PASSWORD}   (of all of them; a demo's alone)"))?;
    match phone {
        Some(phone) => phone.invitation(stand.port).iter().try_for_each(|line| voice.line(line))?,
        None => voice.line("  On your phone     fieldbook demo --phone")?,
    }
    voice.line("  Ctrl-C            stops and cleans up")?;
    voice.line("")
}

/// The line of a sale that has arrived, with the nation's day so far.
async fn arrived(
    stand: &Stand,
    rep: &Rep,
    sold: &Sale,
    today: Date,
    at: String,
) -> Result<String, DemoError> {
    let query = FigureQuery {
        from: today,
        to: today,
        level: Level::Nation,
        under: None,
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    };
    let total = stand.app.hub.figures(&query, stand.app.clock.now()).await?.total;
    let branch = &stand.company.branches[rep.branch];
    let place = format!("{} {}", stand.company.region_of(rep).name, branch.unit.name);
    Ok(format!(
        "  {at}  {}{}{}{} won   today {} policies, {} won",
        pad(&rep.unit.name, 10),
        pad(&place, 16),
        pad(&sold.product, 6),
        right(&thousands(sold.premium_won), 9),
        thousands(total.net),
        thousands(total.premium_net_won),
    ))
}

/// `HH:MM:SS` in the company's zone.
fn clock_face(now: Moment, zone: &TimeZone) -> String {
    let stamp = jiff::Timestamp::from_millisecond(now.0);
    stamp.map_or_else(|_| String::new(), |stamp| zone.to_datetime(stamp).strftime("%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_visitor_finds_both_values_of_two_devices() {
        let mut voice = Voice::new(Box::new(std::io::sink()), true);
        let options = Options { reps: 1, ..Options::default() };
        let listener = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let stand = Stand::open(&options, listener, &mut voice).await.unwrap();
        let (_, mut numbers) = make_clash(&stand, options.seed, &voice).await.unwrap();
        let (browser, _) = Device::sign_in_as(&stand, stand.visitor, VISITOR, 0).await.unwrap();
        let customer = stand.company.reps[stand.visitor].customers[0].id;
        numbers.sort();
        assert_eq!(browser.clash_values(customer).await.unwrap(), numbers);
        stand.close().await.unwrap();
    }

    #[test]
    fn the_clock_is_the_companys() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        assert_eq!(clock_face(Moment(1_790_000_000_000), &zone), "23:13:20");
    }
}
