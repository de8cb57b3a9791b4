// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title CALIBER, electronic documents of title to hardware
/// @notice Collateralized Asset Ledger: Insurance, Bailment, Evaluation, Redemption. One ERC-721 token is a lot of units
/// of one model, held by a bailee. Values are US dollars with 18 decimals, times are seconds, intervals half-open.
/// @dev A lot of more units than fit one transaction is built in several and sealed with the last. Token ids count from 1
/// and are never used again.
interface ICaliber {
    /// @notice Where the goods are.
    enum Custody {
        /// @notice Units are still being added.
        Building,
        /// @notice The lot is complete; the bailee has not attested its receipt, or has released it.
        Sealed,
        /// @notice The bailee holds the goods.
        Held,
        /// @notice The bailee has attested their loss. Final.
        Lost
    }

    /* ------------------------------------------------------------------------------------------------ errors */

    /// @notice The address is zero, or has no code where some is needed.
    error InvalidAddress();
    /// @notice The token does not exist.
    error ERC721NonexistentToken(uint256 tokenId);
    /// @notice The token is `owner`'s, not `sender`'s.
    error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner);
    /// @notice Nobody is nobody's owner; a custodian holds for others and neither asks for goods nor ends a title.
    error ERC721InvalidOwner(address owner);
    /// @notice The zero address receives nothing, and a contract must say that it takes titles when it is sent one safely.
    /// The custodians, pool and auction, take titles themselves: nobody sends or mints one to them.
    error ERC721InvalidReceiver(address receiver);
    /// @notice Part of the standard interface; ids are never used twice, so that no token can be minted twice.
    error ERC721InvalidSender(address sender);
    /// @notice `operator` is neither the owner nor approved by him.
    error ERC721InsufficientApproval(address operator, uint256 tokenId);
    /// @notice Only the owner and his operators approve.
    error ERC721InvalidApprover(address approver);
    /// @notice The zero address cannot be an operator.
    error ERC721InvalidOperator(address operator);
    /// @notice The unit is in a lot that exists already.
    error SerialInUse(bytes32 serial, uint256 tokenId);
    /// @notice A serial of zero is none.
    error InvalidSerial();
    /// @notice A lot must have units.
    error EmptyLot(uint256 tokenId);
    /// @notice This can be done in another state of custody only.
    error WrongCustody(uint256 tokenId, Custody actual);
    /// @notice Only the lot's bailee may say this.
    error NotBailee(uint256 tokenId, address caller);
    /// @notice The token is frozen: no transfer and no pledge by its holder.
    error TokenFrozen(uint256 tokenId);
    /// @notice The holder has asked for the goods: the token cannot move.
    error RedemptionRequested(uint256 tokenId);
    /// @notice The holder has not asked for the goods.
    error NoRedemptionRequested(uint256 tokenId);
    /// @notice A document's hash of zero is none.
    error InvalidDocument();
    /// @notice The appraisal or the policy must end after now, the useful life be positive.
    error InvalidPeriod(uint256 end, uint256 usefulLife);
    /// @notice A share in basis points above its maximum.
    error InvalidBasisPoints(uint256 basisPoints, uint256 maximum);
    /// @notice The value does not fit where it is kept.
    error ValueTooLarge(uint256 value, uint256 maximum);
    /// @notice The pool and the auction are linked once and stay.
    error CustodiansAlreadySet();
    /// @notice The calldata does not decode to any function of this contract exactly, or ETH was sent.
    error InvalidCall(bytes4 selector, uint256 calldataLength, uint256 value);
    /// @notice Who gives up a role must name himself.
    error AccessControlBadConfirmation();
    /// @notice `account` does not hold `neededRole`.
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    /* ------------------------------------------------------------------------------------------------ events */

    /// @notice The title went from `from` to `to`; the zero address stands for tokenization and for the end of a title.
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    /// @notice `approved` may move the token from now on; zero for nobody.
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    /// @notice `operator` may move all tokens of `owner`, or no longer.
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);
    /// @notice A lot of `model` was opened at `bailee` under the agreement with this hash.
    event Tokenized(uint256 indexed tokenId, address indexed bailee, bytes32 bailmentAgreement, string model);
    /// @notice `units` more units; `total` so far.
    event UnitsAdded(uint256 indexed tokenId, uint256 units, uint256 total);
    /// @notice The lot is complete with so many units.
    event LotSealed(uint256 indexed tokenId, uint256 units);
    /// @notice The bailee holds the goods; `document` is the hash of the warehouse receipt.
    event ReceiptAttested(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    /// @notice The goods are lost; `document` is the hash of the bailee's statement.
    event LossAttested(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    /// @notice The goods have left the bailee; `document` is the hash of his statement.
    event Released(uint256 indexed tokenId, address indexed bailee, bytes32 document);
    /// @notice The lot was appraised: US dollars with 18 decimals, falling to `residualBps` of that over `usefulLife`
    /// seconds.
    event Appraised(
        uint256 indexed tokenId,
        address indexed appraiser,
        uint256 value,
        uint256 validUntil,
        uint256 usefulLife,
        uint256 residualBps,
        bytes32 report
    );
    /// @notice The lot was insured over `coverage`, US dollars with 18 decimals, until `expiry`.
    event Insured(
        uint256 indexed tokenId, address indexed insurer, uint256 coverage, uint256 expiry, bytes32 policy
    );
    /// @notice The token was frozen, or freed.
    event Frozen(uint256 indexed tokenId, bool isFrozen);
    /// @notice The holder asked for the goods; the token cannot move.
    event GoodsRequested(uint256 indexed tokenId, address indexed holder);
    /// @notice The holder took that back.
    event GoodsRequestCancelled(uint256 indexed tokenId, address indexed holder);
    /// @notice The goods were delivered to `holder`; the token is burned and its serials are free.
    event GoodsDelivered(uint256 indexed tokenId, address indexed holder, bytes32 document);
    /// @notice `holder` gave up the title to goods that no bailee holds; the token is burned and its serials are free.
    event Surrendered(uint256 indexed tokenId, address indexed holder);
    /// @notice The pool and the auction were linked, for good.
    event CustodiansSet(address indexed loanPool, address indexed collateralAuction);
    /// @notice `account` was given `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// @notice `role` was taken from `account`, or given up by it.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    /* ------------------------------------------------------------------------------------------ tokenization */

    /// @notice Mints the title to a lot to anybody but a custodian. `TOKENIZING_AGENT_ROLE`.
    /// @param serials Hashes of the units' serial numbers, none of them in a lot that exists.
    /// @dev Reverts with `InvalidAddress`, `InvalidDocument`, `ERC721InvalidReceiver` for a zero owner or a custodian,
    /// `InvalidSerial`, `SerialInUse`, `EmptyLot`.
    /// @param owner Who gets the title.
    /// @param model What the units are.
    /// @param bailee Who holds, or will hold, the goods.
    /// @param bailmentAgreement Hash of the agreement with him.
    /// @param uri Of the token's metadata.
    /// @param sealLot Whether the lot is complete.
    /// @return tokenId The title.
    function tokenize(
        address owner,
        string calldata model,
        address bailee,
        bytes32 bailmentAgreement,
        string calldata uri,
        bytes32[] calldata serials,
        bool sealLot
    ) external returns (uint256 tokenId);
    /// @notice Adds units to a lot that is being built, and seals it if that is all. `TOKENIZING_AGENT_ROLE`.
    /// @dev Reverts with `WrongCustody` once it is sealed, and as `tokenize`.
    function addUnits(uint256 tokenId, bytes32[] calldata serials, bool sealLot) external;
    /// @notice The lot whose title holds a unit; zero if none does.
    function lotOf(bytes32 serial) external view returns (uint256 tokenId);

    /* -------------------------------------------------------------------------------- bailment: the lot's bailee */

    /// @notice The bailee holds the goods. By the lot's bailee, of a sealed lot (`NotBailee`, `WrongCustody`).
    /// @param document Hash of the warehouse receipt; not zero (`InvalidDocument`).
    function attestReceipt(uint256 tokenId, bytes32 document) external;
    /// @notice The goods are lost: the collateral is worth nothing from now on. By the lot's bailee, of a lot that he
    /// holds.
    /// @param document Hash of his statement.
    function attestLoss(uint256 tokenId, bytes32 document) external;
    /// @notice The goods have left the bailee; the lot is not eligible until he attests their receipt again. By the
    /// lot's bailee, of a lot that he holds.
    /// @param document Hash of his statement.
    function release(uint256 tokenId, bytes32 document) external;

    /* ------------------------------------------------------------------------------ evaluation and insurance */

    /// @notice Posts a value that falls in a straight line to `residualBps` of it over `usefulLife` seconds, and holds
    /// until `validUntil`. `APPRAISER_ROLE`, for a lot that is sealed or held.
    /// @dev Replaces the appraisal before. A value is below 2^112, a time below 2^40 (`ValueTooLarge`). Reverts with
    /// `WrongCustody`, `InvalidDocument`, `InvalidPeriod`, `InvalidBasisPoints`.
    /// @param value US dollars, 18 decimals.
    /// @param report Hash of the report.
    function appraise(
        uint256 tokenId,
        uint256 value,
        uint64 validUntil,
        uint64 usefulLife,
        uint16 residualBps,
        bytes32 report
    ) external;
    /// @notice Posts a policy over `coverage`, below 2^112, until `expiry`. `INSURER_ROLE`, for a lot that is sealed or
    /// held. Replaces the policy before.
    /// @param coverage US dollars, 18 decimals.
    /// @param policy Hash of the policy.
    function insure(uint256 tokenId, uint256 coverage, uint64 expiry, bytes32 policy) external;
    /// @notice What the lot is worth now in US dollars, 18 decimals, rounded down; zero when the appraisal has expired
    /// or the goods are lost. Reverts with `ERC721NonexistentToken`.
    function collateralValue(uint256 tokenId) external view returns (uint256);
    /// @notice Whether the lot can be pledged: held, worth something by an appraisal that has not expired, insured for at
    /// least that, neither frozen nor being redeemed.
    function isEligible(uint256 tokenId) external view returns (bool);
    /// @notice The appraisal as it was posted; zeros before the first.
    function appraisal(uint256 tokenId)
        external
        view
        returns (
            uint256 value,
            uint256 appraisedAt,
            uint256 validUntil,
            uint256 usefulLife,
            uint256 residualBps,
            bytes32 report
        );
    /// @notice The policy as it was posted; zeros before the first.
    function insurance(uint256 tokenId) external view returns (uint256 coverage, uint256 expiry, bytes32 policy);
    /// @notice The lot.
    /// @return custody Where the goods are.
    /// @return isFrozen Whether compliance has frozen the title.
    /// @return isRedemptionRequested Whether the holder has asked for the goods.
    /// @return units How many units are in it.
    /// @return bailee Who holds, or will hold, the goods.
    /// @return bailmentAgreement Hash of the agreement with him.
    function lot(uint256 tokenId)
        external
        view
        returns (
            Custody custody,
            bool isFrozen,
            bool isRedemptionRequested,
            uint256 units,
            address bailee,
            bytes32 bailmentAgreement
        );
    /// @notice Where the goods of a lot are: the first word of `lot`, in one read instead of three.
    function custody(uint256 tokenId) external view returns (Custody);
    /// @notice What the units are, for instance "NVIDIA H200".
    function model(uint256 tokenId) external view returns (string memory);

    /* ------------------------------------------------------------------------------------ redemption of the goods */

    /// @notice The holder asks for the goods; the token cannot move until they are delivered or the request is
    /// cancelled. By whoever may move it, while the bailee holds the goods.
    /// @dev Reverts with `ERC721InsufficientApproval`, `ERC721InvalidOwner` for a title in the pool or the auction,
    /// `WrongCustody`, `TokenFrozen`, `RedemptionRequested`.
    function requestGoods(uint256 tokenId) external;
    /// @notice The holder takes that back. By whoever may move the token. Reverts with `NoRedemptionRequested`.
    function cancelGoodsRequest(uint256 tokenId) external;
    /// @notice The bailee has delivered the goods: burns the token and frees its serials. By the lot's bailee.
    /// @dev Reverts with `NotBailee`, `InvalidDocument`, `WrongCustody`, `TokenFrozen`, `NoRedemptionRequested`.
    /// @param document Hash of the delivery's receipt.
    function confirmDelivery(uint256 tokenId, bytes32 document) external;
    /// @notice The holder gives up the title to goods that no bailee holds, because they were released or never received:
    /// burns the token and frees its serials, so that the goods can be tokenized anew, at another bailee or rightly.
    /// @dev By whoever may move it. Reverts with `ERC721InsufficientApproval`, `ERC721InvalidOwner` for a title in the
    /// pool or the auction, `WrongCustody` while the bailee holds the goods or has lost them, `TokenFrozen`.
    function surrender(uint256 tokenId) external;

    /* ---------------------------------------------------------------------------------------- administration */

    /// @notice Freezes a token or frees it. `COMPLIANCE_ROLE`.
    function setFrozen(uint256 tokenId, bool isFrozen) external;
    /// @notice Links the pool and the auction, out of which transfers always work; once (`CustodiansAlreadySet`).
    /// `DEFAULT_ADMIN_ROLE`.
    function setCustodians(address loanPool, address collateralAuction) external;
    /// @notice The pool and the auction, out of which transfers always work; zero until they are linked.
    function custodians() external view returns (address loanPool, address collateralAuction);
    /// @notice The role that grants and revokes every role: zero. The id of any other is keccak256 of its name.
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    /// @notice The role that grants and revokes `role`: `DEFAULT_ADMIN_ROLE`, always.
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    /// @notice Whether `account` holds `role`.
    function hasRole(bytes32 role, address account) external view returns (bool);
    /// @notice Gives `account` a role; nothing happens if it has it. `DEFAULT_ADMIN_ROLE`.
    function grantRole(bytes32 role, address account) external;
    /// @notice Takes a role from `account`; nothing happens if it does not have it. `DEFAULT_ADMIN_ROLE`.
    function revokeRole(bytes32 role, address account) external;
    /// @notice Gives up a role of the caller.
    /// @param callerConfirmation The caller, as a safeguard; else `AccessControlBadConfirmation`.
    function renounceRole(bytes32 role, address callerConfirmation) external;

    /* ------------------------------------------------------------------------------------------------ ERC-721 */

    /// @notice The token's name.
    function name() external view returns (string memory);
    /// @notice The token's symbol.
    function symbol() external view returns (string memory);
    /// @notice What the tokenizing agent named as the token's metadata.
    function tokenURI(uint256 tokenId) external view returns (string memory);
    /// @notice How many titles there are.
    function totalSupply() external view returns (uint256);
    /// @notice How many titles `owner` holds.
    function balanceOf(address owner) external view returns (uint256);
    /// @notice Who holds the title; while it secures a loan, the pool.
    function ownerOf(uint256 tokenId) external view returns (address);
    /// @notice Lets `to` move the token, or nobody if that is zero. By the owner or his operator. Ends when the token
    /// moves.
    function approve(address to, uint256 tokenId) external;
    /// @notice Who may move the token beside its owner and his operators; zero for nobody.
    function getApproved(uint256 tokenId) external view returns (address);
    /// @notice Lets `operator` move all tokens of the caller, or no longer.
    function setApprovalForAll(address operator, bool approved) external;
    /// @notice Whether `operator` may move all tokens of `owner`.
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    /// @notice Moves the title, without asking the receiver. By the owner, who is approved or his operators.
    /// @dev Reverts with `ERC721InvalidReceiver`, `ERC721NonexistentToken`, `ERC721InsufficientApproval`,
    /// `ERC721IncorrectOwner`; with `TokenFrozen` and `RedemptionRequested` unless it leaves the pool or the auction.
    function transferFrom(address from, address to, uint256 tokenId) external;
    /// @notice As `transferFrom`, to a contract only if that takes the token (`onERC721Received`).
    function safeTransferFrom(address from, address to, uint256 tokenId) external;
    /// @notice As above, with `data` for the receiver.
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external;
    /// @notice ERC-165: the ids of itself, IAccessControl, ERC-721 and its metadata.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}
