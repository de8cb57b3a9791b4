//! A file of terms to be filled in.

use alloy_primitives::{Address, U256};

/// The file for an underwriter's next terms. What has to be decided stands between angle brackets, which no reader takes.
pub(super) fn template(underwriter: Address, nonce: U256) -> String {
    format!(
        r#"# Terms of a loan, to be signed with: usdai terms sign <this file> -o <signed file>.json
# The rates of interest are those of the tranches at the moment when the loan is taken.

# Who borrows, gets the principal and gets the collateral back.
borrower = "<address>"
# Who signs; needs UNDERWRITER_ROLE when the loan is taken.
underwriter = "{underwriter}"
# Number of the CALIBER title that the borrower pledges.
collateral = "<number>"
# What is lent, in USDai.
principal = "<amount>"

# From origination to the last deadline: a whole number of intervals, 520 at most.
duration = "1080 days"
# From one deadline to the next.
interval = "30 days"
# "level": the same payment each time; "equal": the same principal each time, with falling interest.
schedule = "level"

# How long after a missed deadline nobody can declare a default; 30 days at most.
grace = "10 days"
# Charged on overdue principal beside interest, a year.
penalty = "20%"
# Of the principal, kept back from what is paid out.
origination-fee = "1%"
# Of the principal, due with the last of it.
exit-fee = "0%"

# Until when the terms can be taken: a date (2026-03-01 12:00, UTC) or a duration from the signing on.
expiry = "14 days"
# One that the underwriter has not used. Who counts upwards pays the least gas.
nonce = "{nonce}"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loan_terms::Draft;

    #[test]
    fn a_template_that_is_filled_in_is_terms_and_one_that_is_not_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.toml");
        let empty = template(Address::repeat_byte(9), U256::from(7));
        std::fs::write(&path, &empty).unwrap();
        assert!(Draft::read(&path).is_err());
        let filled = empty
            .replace("<address>", "0x0000000000000000000000000000000000000001")
            .replace("\"<number>\"", "3")
            .replace("<amount>", "1,000,000");
        std::fs::write(&path, &filled).unwrap();
        let terms = Draft::read(&path).unwrap().terms(100).unwrap();
        assert_eq!(terms.underwriter, Address::repeat_byte(9));
        assert_eq!((terms.collateralId, terms.nonce), (U256::from(3), U256::from(7)));
        assert_eq!(terms.duration % terms.repaymentInterval, 0);
    }
}
