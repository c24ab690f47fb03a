//! Names of people, places and streets for a company that does not exist.
//!
//! People are put together from syllables, so nobody is copied from a list. Phone numbers begin with
//! `010-0`, which no operator gives out: a demo must never ring a real person.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Surnames with the way they are spelled in account names. The first ones belong to the reps at work.
pub const SURNAMES: [(&str, &str); 20] = [
    ("김", "kim"),
    ("이", "lee"),
    ("박", "park"),
    ("최", "choi"),
    ("정", "jung"),
    ("강", "kang"),
    ("조", "cho"),
    ("윤", "yoon"),
    ("장", "jang"),
    ("임", "lim"),
    ("한", "han"),
    ("오", "oh"),
    ("서", "seo"),
    ("신", "shin"),
    ("권", "kwon"),
    ("황", "hwang"),
    ("안", "ahn"),
    ("송", "song"),
    ("류", "ryu"),
    ("홍", "hong"),
];

const FIRST_SYLLABLES: [&str; 20] = [
    "민", "서", "지", "현", "수", "예", "도", "하", "윤", "준", "은", "유", "재", "승", "태", "소", "다",
    "가", "나", "채",
];

const SECOND_SYLLABLES: [&str; 20] = [
    "준", "우", "연", "아", "진", "호", "영", "원", "빈", "희", "훈", "경", "린", "율", "혁", "은", "현",
    "석", "미", "라",
];

/// Regions with the districts their branches are named after.
pub const REGIONS: [(&str, &[&str]); 12] = [
    ("서울", &["강남", "종로", "마포", "송파", "영등포", "성북", "노원", "관악"]),
    ("부산", &["해운대", "서면", "동래", "남포", "사상"]),
    ("대구", &["수성", "동성로", "달서", "칠곡"]),
    ("인천", &["부평", "송도", "주안", "계양"]),
    ("광주", &["상무", "첨단", "충장", "봉선"]),
    ("대전", &["둔산", "유성", "은행", "관저"]),
    ("울산", &["삼산", "무거", "전하"]),
    ("경기", &["수원", "성남", "고양", "용인", "안양", "부천"]),
    ("강원", &["춘천", "원주", "강릉", "속초"]),
    ("충청", &["청주", "천안", "충주", "아산"]),
    ("전라", &["전주", "여수", "순천", "목포"]),
    ("경상", &["창원", "포항", "진주", "구미"]),
];

const STREETS: [&str; 10] =
    ["중앙로", "은하로", "새벽로", "가람길", "마루길", "솔빛로", "한별길", "온새로", "바람길", "너울로"];

const NOTES: [&str; 8] = [
    "다음 주에 다시 전화하기로 함",
    "자녀 교육 자금에 관심",
    "저녁 시간 연락 선호",
    "기존 보장 내용 함께 검토함",
    "배우자와 상의 후 결정",
    "은퇴 설계 자료 전달함",
    "건강 검진 결과 받은 뒤 상담",
    "이사 예정, 주소 확인 필요",
];

/// A full name.
pub fn person(dice: &mut ChaCha8Rng) -> String {
    // Low numbers come twice as often: a few surnames are common, the others are not.
    let most = dice.random_range(1..=SURNAMES.len());
    person_of(dice.random_range(0..most), dice)
}

/// A full name with the surname at `surname` of the table.
pub fn person_of(surname: usize, dice: &mut ChaCha8Rng) -> String {
    let surname = SURNAMES[surname % SURNAMES.len()].0;
    let first = pick(&FIRST_SYLLABLES, dice);
    let second = loop {
        let second = pick(&SECOND_SYLLABLES, dice);
        if second != first {
            break second;
        }
    };
    format!("{surname}{first}{second}")
}

/// The name of a region's branch: its district, numbered once all districts have one.
#[must_use]
pub fn branch(region: usize, number: usize) -> String {
    let districts = REGIONS[region % REGIONS.len()].1;
    let district = districts[number % districts.len()];
    match number / districts.len() {
        0 => district.to_owned(),
        round => format!("{district} {}", round + 1),
    }
}

/// A mobile number nobody has.
pub fn phone(dice: &mut ChaCha8Rng) -> String {
    format!("010-0{:03}-{:04}", dice.random_range(0..1000), dice.random_range(0..10_000))
}

/// A street and number.
pub fn street(dice: &mut ChaCha8Rng) -> String {
    format!("{} {}", pick(&STREETS, dice), dice.random_range(1..200))
}

/// What a rep writes down after a visit.
pub fn note(dice: &mut ChaCha8Rng) -> &'static str {
    pick(&NOTES, dice)
}

/// One of a table.
pub fn pick<T: Copy>(table: &[T], dice: &mut ChaCha8Rng) -> T {
    table[dice.random_range(0..table.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn names_have_three_syllables_and_numbers_ring_nowhere() {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..500 {
            let name = person(&mut dice);
            assert_eq!(name.chars().count(), 3, "{name}");
            assert!(name.chars().all(|c| ('가'..='힣').contains(&c)), "{name}");
            let number = phone(&mut dice);
            assert!(number.starts_with("010-0") && number.len() == 13, "{number}");
        }
    }

    #[test]
    fn no_two_branches_of_a_region_share_a_name() {
        for region in 0..REGIONS.len() {
            let names: BTreeSet<_> = (0..50).map(|number| branch(region, number)).collect();
            assert_eq!(names.len(), 50);
        }
        assert_eq!((branch(0, 0), branch(0, 8)), ("강남".to_owned(), "강남 2".to_owned()));
    }

    #[test]
    fn accounts_of_different_surnames_differ() {
        let accounts: BTreeSet<_> = SURNAMES.iter().map(|(_, account)| account).collect();
        assert_eq!(accounts.len(), SURNAMES.len());
    }
}
